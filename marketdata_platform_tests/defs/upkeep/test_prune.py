from datetime import UTC, datetime, timedelta

import dagster as dg
import pytest

from marketdata_platform.defs.upkeep.prune import prune_runs

LATER = datetime.now(UTC) + timedelta(days=40)
MONTH = timedelta(days=30)
DAYS = dg.StaticPartitionsDefinition(["mon", "tue"])


@dg.asset(partitions_def=DAYS)
def bars(context: dg.AssetExecutionContext) -> dg.MaterializeResult:
    context.log.info(context.partition_key)
    return dg.MaterializeResult()


@dg.op
def beat() -> None: ...


@dg.job
def minute() -> None:
    beat()


@pytest.fixture
def instance(tmp_path):
    with dg.DagsterInstance.local_temp(str(tmp_path)) as made:
        yield made


def materialized(instance, *days):
    return [dg.materialize([bars], instance=instance, partition_key=day).run_id for day in days]


def statuses(instance):
    return instance.get_materialized_partitions(dg.AssetKey("bars"))


def test_old_runs_go_with_their_events_and_files_and_no_partition_turns_missing(instance, tmp_path):
    first = materialized(instance, "mon", "tue", "mon")
    minutes = [minute.execute_in_process(instance=instance).run_id for _ in range(3)]
    assert prune_runs(instance, MONTH).looked_at == 0, "young runs stay"

    dry = prune_runs(instance, MONTH, apply=False, now=LATER)
    assert (dry.deleted, dry.kept, dry.finished) == (4, 2, True)
    assert len(instance.get_runs()) == 6
    done = prune_runs(instance, MONTH, now=LATER)
    assert (done.deleted, done.kept, done.finished) == (4, 2, True)
    assert {run.run_id for run in instance.get_runs()} == set(first[1:])
    assert statuses(instance) == {"mon", "tue"}
    assert not [p for gone in [first[0], *minutes] for p in tmp_path.rglob(f"*{gone}*")]
    assert prune_runs(instance, MONTH, now=LATER).deleted == 0


@pytest.mark.slow
def test_a_bounded_call_goes_on_where_the_last_one_stopped(instance):
    kept = materialized(instance, "mon", "tue")
    for _ in range(4):
        minute.execute_in_process(instance=instance)
    calls = [prune_runs(instance, MONTH, now=LATER, limit=2) for _ in range(4)]
    assert [(c.looked_at, c.deleted, c.finished) for c in calls] == [
        (2, 0, False),
        (2, 2, False),
        (2, 2, False),
        (0, 0, True),
    ]
    assert {run.run_id for run in instance.get_runs()} == set(kept)


def test_a_run_that_is_going_is_never_deleted(instance):
    run = instance.create_run_for_job(minute)
    assert prune_runs(instance, MONTH, now=LATER).looked_at == 0
    assert instance.has_run(run.run_id)
