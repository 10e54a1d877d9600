from datetime import UTC, datetime, timedelta

import pyarrow as pa
import pytest

from marketdata_platform.archive.folder import FolderArchive
from marketdata_platform.core.datasets import QUARANTINE
from marketdata_platform.core.errors import SourceDropped, StoreLocked
from marketdata_platform.core.window import Window
from marketdata_platform.settings import Settings
from marketdata_platform.stores.duckdb_files.store import DuckDBStore
from marketdata_platform.workflows.archiving.days import archive_day
from marketdata_platform.workflows.archiving.retain import Policy, retain
from marketdata_platform.workflows.bookkeeping.retention_tombstones import (
    dropped_days,
    forget_restored,
)
from marketdata_platform.workflows.deriving.derivation import derivations
from marketdata_platform.workflows.deriving.derive import derive, stale_days
from marketdata_platform.workflows.deriving.series_start import series_start
from marketdata_platform.workflows.watching.quality import conservation
from marketdata_platform_tests.workflows.days import INSTRUMENT, day, trades_of

NOW = datetime(2024, 7, 23, 12, tzinfo=UTC)  # day 5
DAYS = [day(n) for n in range(5)]
SOME = ("bar__kline", "bar__tick", "order_flow")


def ids_of(number):
    return range(number * 86_400, number * 86_400 + 40)


@pytest.fixture
def store(tmp_path):
    made = DuckDBStore(tmp_path / "store", clock=lambda: NOW)
    for number in range(5):
        made.append("trades", INSTRUMENT, trades_of(number, ids_of(number)))
    return made


@pytest.fixture
def archive(tmp_path):
    return FolderArchive(tmp_path)


def derivations_of(store, ticks=7):
    settings = Settings(root="/tmp", bars={"ticks": ticks})
    start = series_start(store, INSTRUMENT)
    return {
        n: d for n, d in derivations(settings.derive_params(INSTRUMENT, start)).items() if n in SOME
    }


def run(
    store, archive, dataset="trades", keep=timedelta(days=2), *, apply=True, archived=True, now=NOW
):
    policies = [Policy(dataset, keep, archived)]
    made = retain(
        store, archive, policies, now=now, apply=apply, derivations=lambda _: derivations_of(store)
    )
    return [(one.action, one.rows, one.reason) for one in made]


def archive_all(store, archive, *, days=DAYS, datasets=("trades",)):
    for dataset in datasets:
        for one in days:
            archive_day(store, archive, dataset, INSTRUMENT, one)


def held(store, dataset="trades"):
    return [row for batch in store.read(dataset, INSTRUMENT) for row in batch.to_pylist()]


def stored_days(store, dataset="trades"):
    return [c.day for c in store.coverage(dataset, INSTRUMENT)]


def test_a_dry_run_says_what_goes_and_deletes_nothing(store, archive):
    archive_all(store, archive)
    assert run(store, archive, apply=False) == [("delete", 120, "")]
    assert stored_days(store) == DAYS


def test_whole_days_that_are_archived_and_old_enough_go(store, archive):
    archive_all(store, archive)
    assert run(store, archive) == [("delete", 120, "")]
    assert stored_days(store) == DAYS[3:]
    assert run(store, archive) == []


def test_what_is_not_archived_or_not_as_the_archive_has_it_stays_with_all_that_is_newer(
    store, archive, tmp_path
):
    archive_all(store, archive, days=[DAYS[0], DAYS[2]])
    assert run(store, archive)[0] == ("delete", 40, "")
    (kept,) = run(store, archive)
    assert kept[:2] == ("keep", 80)
    assert "2024-07-19 is not archived yet" in kept[2]
    assert stored_days(store) == DAYS[1:]

    archive_day(store, archive, "trades", INSTRUMENT, DAYS[1])
    file = next((tmp_path / "archive").glob("**/date=2024-07-20/part-0.parquet"))
    file.write_bytes(file.read_bytes()[:-9] + b"forgotten")
    assert [r[:2] for r in run(store, archive)] == [("delete", 40), ("keep", 40)]
    assert stored_days(store) == DAYS[2:]


def test_rows_that_come_in_after_the_proof_are_not_deleted(store, archive, monkeypatch):
    archive_all(store, archive)
    drop_before = store.drop_before

    def late(*arguments, **options):
        store.append(
            "trades", INSTRUMENT, trades_of(1, [86_400 + 5_000])
        )  # another process lands a late trade
        return drop_before(*arguments, **options)

    monkeypatch.setattr(store, "drop_before", late)
    ((action, _, reason),) = run(store, archive)
    assert action == "keep"
    assert "StoreChanged" in reason
    assert len(held(store)) == 201


def test_a_day_that_got_late_rows_waits_until_it_is_archived_again(store, archive):
    archive_all(store, archive)
    store.append("trades", INSTRUMENT, trades_of(1, [86_400 + 5_000]))
    assert [r[:2] for r in run(store, archive)] == [("delete", 40), ("keep", 81)]
    archive_day(store, archive, "trades", INSTRUMENT, DAYS[1])
    assert run(store, archive) == [("delete", 81, "")]


def test_a_quarter_of_an_hour_holds_to_the_microsecond_where_nothing_is_archived(store, archive):
    now = trades_of(4, ids_of(4))["ts_event"][20].as_py() + timedelta(minutes=15)
    assert run(store, archive, keep=timedelta(minutes=15), archived=False, now=now) == [
        ("delete", 180, "")
    ]
    assert [row["sequence"] for row in held(store)] == list(ids_of(4))[20:]


def test_a_quarter_of_an_hour_keeps_an_archived_day_until_it_has_ended(store, archive):
    archive_all(store, archive)
    now = Window.of_day(DAYS[4]).end - timedelta(minutes=1)
    assert run(store, archive, keep=timedelta(minutes=15), now=now) == [("delete", 160, "")]
    assert stored_days(store) == DAYS[4:]


def test_trades_stay_until_all_that_is_derived_here_has_been_derived_from_them(store, archive):
    archive_all(store, archive)
    derive(store, INSTRUMENT, derivations_of(store), DAYS[:2])
    assert [r[:2] for r in run(store, archive)] == [("delete", 80), ("keep", 40)]
    ((_, _, reason),) = run(store, archive)
    assert "of 2024-07-20 does not follow from these trades yet" in reason

    derive(store, INSTRUMENT, derivations_of(store), DAYS[:3])
    assert run(store, archive) == [("delete", 40, "")]
    derive(store, INSTRUMENT, derivations_of(store), DAYS)
    early = run(
        store, archive, keep=timedelta(minutes=1), archived=False, now=Window.of_day(DAYS[4]).end
    )
    assert [r[:2] for r in early] == [("delete", 40), ("keep", 40)], (
        "a day that is not over is derived from as a whole"
    )


def test_deriving_after_retention_gives_the_same_numbers_or_refuses(store, archive, tmp_path):
    whole = DuckDBStore(tmp_path / "whole", clock=lambda: NOW)
    for number in range(5):
        whole.append("trades", INSTRUMENT, trades_of(number, ids_of(number)))
    derive(whole, INSTRUMENT, derivations_of(whole), DAYS)

    archive_all(store, archive)
    derive(store, INSTRUMENT, derivations_of(store), DAYS[:4])
    assert run(store, archive) == [("delete", 120, "")]
    derive(store, INSTRUMENT, derivations_of(store), DAYS)
    for dataset in SOME:
        assert held(store, dataset) == held(whole, dataset), dataset
    assert stale_days(store, INSTRUMENT, derivations_of(store), DAYS) == {name: [] for name in SOME}
    assert conservation(store, derivations_of(store), "bar__tick", INSTRUMENT, DAYS).passed

    before = {dataset: held(store, dataset) for dataset in SOME}
    with pytest.raises(SourceDropped, match=r"2024-07-18.*marketdata restore"):
        derive(store, INSTRUMENT, derivations_of(store), DAYS, force=True)
    with pytest.raises(SourceDropped):
        derive(store, INSTRUMENT, derivations_of(store, ticks=3), DAYS[4:])
    assert {dataset: held(store, dataset) for dataset in SOME} == before


def test_late_rows_of_a_deleted_day_change_nothing_until_the_day_is_restored(store, archive):
    derive(store, INSTRUMENT, derivations_of(store), DAYS)
    archive_all(store, archive)
    run(store, archive)
    expected = {dataset: held(store, dataset) for dataset in SOME}

    store.append("trades", INSTRUMENT, trades_of(0, [7_000]))
    derive(store, INSTRUMENT, derivations_of(store), DAYS)
    assert {dataset: held(store, dataset) for dataset in SOME} == expected
    assert run(store, archive)[0][0] == "keep", "they are in no archive"


def test_a_restored_day_is_derived_from_again(store, archive):
    derive(store, INSTRUMENT, derivations_of(store), DAYS)
    archive_all(store, archive)
    run(store, archive)
    for one in DAYS[:3]:
        store.append(
            "trades", INSTRUMENT, pa.Table.from_batches(archive.read("trades", INSTRUMENT, one))
        )
    assert dropped_days(store, INSTRUMENT, store.coverage("trades", INSTRUMENT)) == ()

    derive(store, INSTRUMENT, derivations_of(store, ticks=3), DAYS)
    store.append("trades", INSTRUMENT, trades_of(0, [7_000]))
    derived = derive(store, INSTRUMENT, derivations_of(store, ticks=3), DAYS[:1])
    assert all(one.computed for one in derived)


def test_a_run_that_dies_before_it_deletes_is_finished_by_the_next(store, archive, monkeypatch):
    derive(store, INSTRUMENT, derivations_of(store), DAYS)
    archive_all(store, archive)

    def killed(*_, **__):
        raise KeyboardInterrupt

    with monkeypatch.context() as patched, pytest.raises(KeyboardInterrupt):
        patched.setattr(store, "drop_before", killed)
        run(store, archive)
    assert derive(store, INSTRUMENT, derivations_of(store), DAYS[:1])[0].computed is False
    forget_restored(store, INSTRUMENT)
    assert run(store, archive) == [("delete", 120, "")]
    assert len(dropped_days(store, INSTRUMENT, store.coverage("trades", INSTRUMENT))) == 3


def test_the_newest_picture_of_open_gaps_is_never_deleted(store, archive):
    derive(store, INSTRUMENT, derivations_of(store), DAYS)
    start = [Window.of_day(one).start for one in DAYS]
    gap = {
        "interval": "5m",
        "direction": "bullish",
        "lower": 1,
        "upper": 2,
        "size": 1,
        "filled_fraction": 0.0,
        "status": "open",
        "touched_at": None,
        "filled_at": None,
    }
    for at in start[:2]:
        row = {**gap, "session_start": at, "detected_at": start[0], "expires_at": start[1]}
        schema = next(store.read("fair_value_gaps", INSTRUMENT), None)
        rows = pa.Table.from_pylist(
            [row], schema=schema.schema if schema else _schema("fair_value_gaps")
        )
        store.replace("fair_value_gaps", INSTRUMENT, Window(at, at + timedelta(days=1)), rows)
    archive_all(store, archive, days=DAYS[:2], datasets=["fair_value_gaps"])

    assert run(store, archive, "fair_value_gaps", timedelta(hours=24)) == [("delete", 1, "")]
    assert [row["session_start"] for row in held(store, "fair_value_gaps")] == [start[1]]
    assert run(store, archive, "fair_value_gaps", timedelta(hours=24)) == []


def _schema(dataset):
    from marketdata_platform.core.datasets import dataset_named

    return dataset_named(dataset).arrow_schema


def test_bookkeeping_that_numbers_follow_from_is_never_deleted(store, archive):
    bad = trades_of(0, [50], side="sideways")
    store.append("trades", INSTRUMENT, bad, source="file")
    derive(store, INSTRUMENT, derivations_of(store), DAYS)
    later = NOW + timedelta(days=9)
    assert run(store, archive, "checkpoints", timedelta(days=1), now=later) == []
    assert run(store, archive, QUARANTINE.name, timedelta(days=1)) == []
    assert run(store, archive, QUARANTINE.name, timedelta(days=1), now=later, apply=False) == [
        ("delete", 1, "")
    ]
    assert run(store, archive, QUARANTINE.name, timedelta(days=1), now=later) == [("delete", 1, "")]
    assert held(store, QUARANTINE.name) == []


def test_one_instrument_that_cannot_be_read_stops_no_other(store, archive, monkeypatch):
    from marketdata_platform.core.instrument import Instrument

    other = Instrument.parse("binance:futures:ETHUSDT")
    store.append("trades", other, trades_of(0, ids_of(0)))
    archive_all(store, archive)
    archive_day(store, archive, "trades", other, DAYS[0])
    coverage = store.coverage

    def locked(dataset, instrument=None):
        if instrument == INSTRUMENT:
            raise StoreLocked("held by process 1")
        return coverage(dataset, instrument)

    monkeypatch.setattr(store, "coverage", locked)
    assert run(store, archive) == [
        ("keep", 0, "StoreLocked: held by process 1"),
        ("delete", 40, ""),
    ]
