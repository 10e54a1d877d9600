"""Landing, refresh, closing, repair and notices as Dagster runs them, on real journals and a real
instance.
"""

from datetime import date

import dagster as dg
import pytest

from marketdata_platform.core.errors import StoreLocked
from marketdata_platform.core.instrument import Instrument
from marketdata_platform.defs.partitions import partition_key
from marketdata_platform.defs.upkeep.failures import NOTICES
from marketdata_platform.platform.use_cases.land import land as really_land
from marketdata_platform_tests.defs.live.live_instances import BTC, CONFIGURED, configured
from marketdata_platform_tests.workflows.landing.land_journals import trades, write

SPOT = Instrument.parse(BTC)
LAST_DAY, NEXT_DAY = (
    date(2024, 4, 30),
    date(2024, 5, 1),
)  # the journals' trades begin a second before midnight
CONFIG = CONFIGURED.replace("2024-07-01", "2024-04-01").replace('"g-2"', '"g2"')


@pytest.fixture
def live(tmp_path, monkeypatch):
    with configured(tmp_path, monkeypatch, CONFIG) as made:
        yield made


def record(live, gatherer, numbers, **options):
    write(live.root / "journals", gatherer, trades(numbers, **options))


def land(live, **options):
    return live.execute("land", **options)


def told(result, key):
    """Materialisations of an asset in a run, by partition."""
    found = [
        e.step_materialization_data.materialization
        for e in result.all_events
        if e.is_step_materialization
    ]
    chosen = [m for m in found if m.asset_key.to_user_string() == key]
    return {m.partition: {name: value.value for name, value in m.metadata.items()} for m in chosen}


def outcome(result):
    found = [
        e.asset_check_evaluation_data
        for e in result.all_events
        if e.event_type_value == "ASSET_CHECK_EVALUATION"
    ]
    return {(c.asset_key.to_user_string(), c.check_name): c for c in found}


def test_a_landing_tells_what_it_took_of_each_gatherer_and_fills_partitions_of_new_instruments(
    live,
):
    record(live, "g1", range(1, 101))
    record(live, "g2", range(50, 151))
    result = land(live)

    assert result.success
    output = next(e.step_output_data for e in result.all_events if e.is_successful_output)
    totals = {name: value.value for name, value in output.metadata.items()}
    assert (totals["frames"], totals["rows inserted"], totals["duplicates"]) == (201, 150, 51)
    assert totals["days"] == {BTC: ["2024-04-30", "2024-05-01"]}
    assert "| g2 | 101 | 101 | 0 |" in totals["by gatherer"]
    assert BTC in live.instance.get_dynamic_partitions("instrument")
    filled = told(result, "trades")
    rows = {
        day: filled[partition_key(SPOT, day)]["dagster/row_count"] for day in (LAST_DAY, NEXT_DAY)
    }
    assert sum(rows.values()) == 150
    assert rows[LAST_DAY] == 9
    assert told(result, "journal_g1")[None]["frames"] == 100
    assert told(result, "journal_g2")[None]["landed up to"].startswith("1:")


def test_a_partition_that_was_told_of_lately_is_not_told_again_each_minute(live):
    record(live, "g1", range(1, 101))
    assert told(land(live), "trades")
    record(live, "g1", range(101, 201))
    again = land(live)
    assert told(again, "trades") == {}
    assert told(again, "journal_g1")[None]["rows"] == 100


def test_a_landing_evaluates_the_checks_of_the_live_recording(live):
    record(live, "g1", range(1, 101))
    live.beat("g1", streams=[])
    found = outcome(land(live))
    assert found["journal_g1", "heartbeat"].passed
    assert not found["journal_g2", "heartbeat"].passed
    assert found["journal_g1", "landing_lag"].passed
    assert found["trades", "quarantine"].passed
    assert found["notices", "nothing_failing"].passed


def test_frames_that_cannot_be_stored_turn_the_quarantine_check_yellow(live):
    broken = [
        (stream, payload.replace(b'"p":"', b'"p":"x'), at)
        for stream, payload, at in trades(range(1, 4))
    ]
    write(live.root / "journals", "g1", [*broken, *trades(range(4, 10))])
    check = outcome(land(live))["trades", "quarantine"]
    assert not check.passed
    assert check.severity is dg.AssetCheckSeverity.WARN
    assert "3 in the last 15 min" in check.description


def test_no_second_landing_starts_while_one_is_going(live):
    assert live.schedule("dedup_each_minute").run_requests
    run = live.run("", job="land")
    skipped = live.schedule("dedup_each_minute")
    assert not skipped.run_requests
    assert run[:8] in skipped.skip_message


def test_a_landing_that_meets_a_held_store_tries_again_in_the_same_run(live, monkeypatch):
    record(live, "g1", range(1, 11))
    tries = []

    def held_at_first(*words):
        tries.append(1)
        if len(tries) == 1:
            raise StoreLocked("the file is held by process 1")
        return really_land(*words)

    monkeypatch.setattr("marketdata_platform.defs.live.landing.land_now", held_at_first)
    monkeypatch.setattr("marketdata_platform.defs.live.runs._RETRY_SECONDS", 0)
    assert land(live).success
    assert len(tries) == 2


def test_the_refresh_derives_open_days_once(live, monkeypatch):
    record(live, "g1", range(1, 101))
    land(live)
    monkeypatch.setattr("marketdata_platform.defs.live.open_day.datetime", _At(2024, 5, 1, 12))
    first = live.execute("refresh")
    assert set(told(first, "bar__kline")) == {
        partition_key(SPOT, LAST_DAY),
        partition_key(SPOT, NEXT_DAY),
    }
    assert told(first, "order_flow")
    assert told(live.execute("refresh"), "bar__kline") == {}


def test_a_day_is_closed_once_every_gatherer_has_passed_it_and_again_when_rows_come_late(
    live, monkeypatch
):
    monkeypatch.setattr("marketdata_platform.defs.live.closing.datetime", _At(2024, 5, 3))
    record(live, "g1", range(1, 1_001))
    land(live)
    told_one = live.sensor("close_days")
    assert not live.sensor("close_days", told_one.cursor).run_requests, "g2 has not passed the day"
    record(live, "g2", range(1, 1_001))
    land(live)
    first = live.sensor("close_days")
    second = live.sensor("close_days", first.cursor)
    third = live.sensor("close_days", second.cursor)
    assert [bool(t.run_requests) for t in (first, second, third)] == [False, True, False]
    (request,) = second.run_requests
    assert request.partition_key == partition_key(SPOT, LAST_DAY)
    record(live, "g1", range(-20, 0), late_ms=200_000)
    land(live)
    late = live.sensor("close_days", third.cursor)
    (again,) = live.sensor("close_days", late.cursor).run_requests
    assert again.partition_key == request.partition_key
    assert again.run_key != request.run_key
    assert again.tags["marketdata/closes"] == "late rows"


@pytest.mark.slow
def test_the_run_that_closes_a_day_derives_checks_and_archives_it(live):
    record(live, "g1", range(1, 101))
    land(live)
    result = live.execute("everything", partition_key=partition_key(SPOT, LAST_DAY))
    assert result.success
    platform = live.resource.platform()
    assert {m.dataset for m in platform.archive.manifests()} >= {"trades", "bar__kline"}
    assert told(result, "archive_raw")


def test_sensors_that_look_at_a_store_that_is_held_say_so_and_look_again(live, monkeypatch):
    def held(*_, **__):
        raise StoreLocked("the file is held by process 1")

    for name, function in (("close_days", "closing.landed_days"), ("repair_gaps", "gaps.gaps_of")):
        monkeypatch.setattr(f"marketdata_platform.defs.live.{function}", held)
        found = live.sensor(name, cursor="{}")
        assert not found.run_requests
        assert "held by process 1" in found.skip_message


def test_open_gaps_become_repair_runs_and_resisting_ones_wait(live):
    record(live, "g1", [*range(1, 50), *range(60, 100)])
    record(live, "g2", [*range(1, 50), *range(60, 100)])
    assert not live.sensor("repair_gaps").run_requests
    land(live)
    land(live)
    assert len(live.sensor("repair_gaps").run_requests) == 1
    live.run("", job="repair")
    assert not live.sensor("repair_gaps").run_requests, "one is going"


def test_instruments_of_the_configuration_and_of_the_store_become_partitions(live):
    (request,) = live.sensor("register_instruments").dynamic_partitions_requests
    assert request.partition_keys == ["binance:spot:BTCUSDT", "binance:spot:ETHUSDT"]
    live.instance.add_dynamic_partitions("instrument", request.partition_keys)
    assert not live.sensor("register_instruments").dynamic_partitions_requests


def test_a_failed_run_is_told_with_its_reason_until_it_is_well_again(live, monkeypatch):
    folder = live.root / "journals" / "g1"
    record(live, "g1", range(1, 10))
    monkeypatch.setattr("marketdata_platform.defs.live.landing.land_now", _disk_full)
    failed = land(live, raise_on_error=False)
    assert not failed.success
    live.fail_sensor("failure_notices", failed)
    notice = live.instance.fetch_observations(NOTICES, limit=1).records[0].asset_observation
    assert notice.metadata["what"].value == "land"
    assert "no space left" in notice.metadata["reason"].value
    assert live.checks("nothing_failing") == [False]
    monkeypatch.undo()
    monkeypatch.setenv("MARKETDATA_CONFIG", str(folder.parents[2] / "marketdata.toml"))
    assert land(live).success
    assert outcome(land(live))["notices", "nothing_failing"].passed


def _disk_full(*_, **__):
    raise OSError("no space left on device")


class _At:
    """`datetime` as a module sees it, at a fixed moment."""

    def __init__(self, *moment):
        from datetime import UTC, datetime

        self._now = datetime(*moment, tzinfo=UTC)

    def now(self, _zone):
        return self._now
