"""Backfills through the real definitions: any cut and order, checks that block, and what Dagster
then shows.
"""

import itertools
from datetime import UTC, datetime

import dagster as dg
import duckdb
import pytest

import marketdata_platform as md
from marketdata_platform.core.datasets import DATASETS, DERIVED, Tier
from marketdata_platform.core.errors import InvalidInput, InvalidWindow
from marketdata_platform.core.instrument import Instrument
from marketdata_platform.definitions import build_definitions
from marketdata_platform.defs import launch
from marketdata_platform.defs.assets.checks import ARCHIVE_CHECK, check_result
from marketdata_platform.defs.jobs import EVERYTHING
from marketdata_platform.defs.partitions import partition_key
from marketdata_platform.defs.resources import PlatformResource
from marketdata_platform_tests.end_to_end.deployments import (
    FUTURES,
    day,
    require_same,
    tables,
    usdm_rows,
    walk,
)
from marketdata_platform_tests.history.dumps import with_checksum, write

# Small bars, so that days of sixty trades give some of each kind.
SMALL_BARS = """
[imbalance]
expected_ticks = 20
span_bars = 5
span_ticks = 50
min_ticks = 5
max_ticks = 60
[bars]
ticks = 15
[vpin]
window = 7
"""
DAYS = [day(n) for n in range(4)]  # day 2 has no trades
TRADED = [day(n) for n in (0, 1, 3)]
OTHER = Instrument.parse("binance:futures:ETHUSDT")


class Deployment:
    """A platform and the definitions that work on it."""

    def __init__(self, root):
        self.platform = md.open(root)
        self.definitions = build_definitions(
            resources={"platform": PlatformResource(root=str(root))}
        )

    def publish(self, number, instrument=FUTURES, count=60):
        """Put a day's dump into the inbox; ids go on from day to day without a hole."""
        name = f"{instrument.symbol}-trades-{day(number)}.csv.gz"
        folder = self.platform.inbox_of(instrument)
        folder.mkdir(parents=True, exist_ok=True)
        with_checksum(write(folder / name, usdm_rows(walk(number, count, first_id=number * 60))))

    def backfill(self, *assets, days=DAYS, instruments=(FUTURES,), force=False, listener=None):
        keys = launch.chosen_assets(self.definitions, assets or ("all",))
        runs = launch.backfill(
            self.definitions, self.platform, keys, instruments, days, force=force, listener=listener
        )
        return list(runs)

    def store_file(self):
        return self.platform.root / "data" / "binance" / "futures" / "BTCUSDT" / "trading.duckdb"

    def materializations(self, asset, one):
        """Metadata of the latest materialisation of one partition."""
        with launch.instance_of(self.platform.root) as instance:
            wanted = dg.AssetRecordsFilter(
                asset_key=dg.AssetKey(asset), asset_partitions=[partition_key(FUTURES, one)]
            )
            (record,) = instance.fetch_materializations(wanted, limit=1).records
            return {
                name: value.value for name, value in record.asset_materialization.metadata.items()
            }


@pytest.fixture(scope="module", autouse=True)
def small_bars(tmp_path_factory):
    """Every deployment of this module is configured like this, as users do it."""
    path = tmp_path_factory.mktemp("configuration") / "marketdata.toml"
    path.write_text(SMALL_BARS)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("MARKETDATA_CONFIG", str(path))
        yield


@pytest.fixture(scope="module")
def whole(tmp_path_factory):
    """All days, landed from the inbox, derived and archived in one backfill."""
    made = Deployment(tmp_path_factory.mktemp("whole"))
    for number in (0, 1, 3):
        made.publish(number)
    made.runs = made.backfill()
    return made


def test_a_range_of_days_is_one_run_that_lands_derives_and_archives(whole):
    (run,) = whole.runs
    assert run.failures == ()
    assert run.succeeded
    assert run.days == tuple(DAYS)
    assert [c.day for c in whole.platform.store.coverage("trades", FUTURES)] == TRADED
    archived = {(m.dataset, m.day) for m in whole.platform.archive.manifests()}
    stored = {
        (d.name, str(c.day))
        for d in DATASETS.values()
        if d.tier is not Tier.META
        for c in whole.platform.store.coverage(d.name, FUTURES)
    }
    assert archived == stored
    # Sixty trades per day leave most candles out, so that no zone forms; every other dataset has
    # rows.
    assert {name for name, _ in archived} | {"supply_demand_zones"} == {
        "trades",
        *(d.name for d in DERIVED),
    }


def test_each_partition_shows_its_rows_a_sparkline_and_the_day_chart(whole):
    shown = whole.materializations("bar__kline", DAYS[-1])
    rows = whole.platform.read_day("bar__kline", FUTURES, DAYS[-1]).height

    assert shown["dagster/row_count"] == rows > 0
    assert shown["close"].startswith("![](data:image/svg+xml;base64,")
    assert len(shown["close"]) < 1_000
    assert (
        whole.platform.root / "charts/binance/futures/BTCUSDT" / f"{DAYS[-1]}.html"
    ).stat().st_size > 100_000
    assert whole.materializations("trades", DAYS[0])["dagster/row_count"] == 60
    assert whole.materializations("trades", DAYS[2])["dagster/row_count"] == 0
    for dataset in DERIVED:
        found = whole.materializations(dataset.name, DAYS[1])["dagster/row_count"]
        assert found == whole.platform.read_day(dataset.name, FUTURES, DAYS[1]).height
    assert whole.materializations("archive_raw", DAYS[0])["dagster/row_count"] == 60


@pytest.mark.slow
def test_day_by_day_and_out_of_order_backfills_give_the_same_sixteen_tables(whole, tmp_path):
    expected = tables(whole.platform, FUTURES, ["trades"])
    for number, order in enumerate([(0, 1, 2, 3), (3, 0, 2, 1)]):
        made = Deployment(tmp_path / str(number))
        for which in (0, 1, 3):
            made.publish(which)
        made.backfill("trades")
        for which in order:
            (run,) = made.backfill("bars", "order_flow", days=[DAYS[which]])
            assert run.succeeded
        require_same(tables(made.platform, FUTURES, ["trades"]), expected)


def test_what_is_up_to_date_starts_no_run(whole):
    assert whole.backfill("bars", "order_flow") == []
    assert whole.backfill("bar__kline", "bar__vpin", days=DAYS[1:3]) == []
    done = []
    assert (
        whole.backfill("bars", listener=lambda step, name, days: done.append((step, name, days)))
        == []
    )
    assert done == [("bars", str(FUTURES), 4)]


def test_a_late_file_is_derived_again_with_all_that_follows_from_it(tmp_path, whole):
    late = Deployment(tmp_path)
    for number in (0, 3):
        late.publish(number)
    late.backfill("raw", "bars")
    late.publish(1)
    late.backfill("trades", days=[DAYS[1]])
    (run,) = late.backfill("bars")

    assert run.days == (DAYS[1], DAYS[2], DAYS[3]) or run.days == tuple(DAYS)
    expected = tables(whole.platform, FUTURES, ["trades"])
    found = tables(late.platform, FUTURES, ["trades"])
    bars = [name for name in expected if name.startswith("bar__")]
    require_same({n: found[n] for n in bars}, {n: expected[n] for n in bars})


def test_assets_are_chosen_by_name_group_or_all():
    definitions = build_definitions()

    def chosen(*text):
        return [key.to_user_string() for key in launch.chosen_assets(definitions, text)]

    assert len(chosen("all")) == 1 + len(DERIVED) + 3
    assert chosen("bar__kline,bar__vpin") == ["bar__kline", "bar__vpin"]
    assert chosen("group:archive", "trades") == [
        "archive_aggregates",
        "archive_processed",
        "archive_raw",
        "trades",
    ]
    assert len(chosen("bars")) == 11
    assert chosen("order_flow") == chosen("group:order_flow")
    assert {"order_flow", "footprint", "market_profile"} < set(chosen("order_flow"))
    assert chosen("key:order_flow") == ["order_flow"]
    with pytest.raises(
        InvalidInput, match=r"no asset or group is called 'bar'.*groups: archive, bars"
    ):
        chosen("bar")


def test_inverted_early_and_future_ranges_are_refused(whole):
    with pytest.raises(InvalidWindow, match="--from 2024-07-19 is after --to 2024-07-18"):
        launch.days_between(whole.platform, day(1), day(0))
    with pytest.raises(InvalidWindow, match="before the deployment's start_date"):
        launch.days_between(whole.platform, day(-5000), day(0))
    with pytest.raises(InvalidWindow, match="after today"):
        launch.days_between(whole.platform, day(0), day(50_000))


def test_ranges_longer_than_a_month_are_cut_into_runs():
    days = [day(n) for n in (*range(40), 50, 51)]
    stretches = list(launch._stretches(days))
    assert [len(s) for s in stretches] == [31, 9, 2]
    assert list(itertools.chain(*stretches)) == days


def test_the_schedule_asks_for_yesterday_once_an_instrument(whole):
    with launch.instance_of(whole.platform.root) as instance:
        launch.register(instance, [FUTURES, OTHER])
        repository = whole.definitions.get_repository_def()
        context = dg.build_schedule_context(
            instance=instance,
            scheduled_execution_time=datetime(2024, 7, 19, 6, 30, tzinfo=UTC),
            repository_def=repository,
        )
        requests = repository.get_schedule_def("yesterday").evaluate_tick(context).run_requests
    assert sorted(r.partition_key for r in requests) == [
        f"2024-07-18|{FUTURES}",
        f"2024-07-18|{OTHER}",
    ]
    assert len({r.run_key for r in requests}) == 2


DUPLICATE = """INSERT INTO raw.trades (ts_event, sequence, price, quantity, side)
    SELECT ts_event, sequence, price, quantity, side FROM raw.trades LIMIT 1"""
TAMPERED = {
    "a trade stored twice": (DUPLICATE, "trades", "unique_ids"),
    "a high below its low": (
        "UPDATE mart.bar__kline SET high = low - 1",
        "bar__kline",
        "ohlc_sanity",
    ),
    "a volume no trade had": (
        "UPDATE mart.bar__vpin SET volume = volume + 1, buy_volume = buy_volume + 1 WHERE "
        "bucket_index = 0",
        "bar__vpin",
        "conservation",
    ),
}


@pytest.fixture
def small(tmp_path):
    """One day, as far as bars."""
    made = Deployment(tmp_path)
    made.publish(0)
    made.backfill("raw", "bar__kline", "bar__vpin", days=DAYS[:1])
    return made


@pytest.mark.parametrize("damage", TAMPERED)
def test_damage_in_the_store_fails_its_check_and_is_not_archived(small, damage):
    statement, asset, check = TAMPERED[damage]
    with duckdb.connect(small.store_file()) as connection:
        connection.execute(statement)
    with launch.instance_of(small.platform.root) as instance:
        keys = launch.chosen_assets(small.definitions, [f"key:{asset}", "archive"])
        key = partition_key(FUTURES, DAYS[0])
        result = small.definitions.resolve_job_def(EVERYTHING).execute_in_process(
            instance=instance, asset_selection=keys, partition_key=key, raise_on_error=False
        )
    failed = {
        (c.asset_key.to_user_string(), c.check_name)
        for c in result.get_asset_check_evaluations()
        if not c.passed
    }

    assert not result.success
    assert (asset, check) in failed
    assert asset not in {m.dataset for m in small.platform.archive.manifests()}


def test_force_folds_again_what_its_checkpoint_vouches_for_and_so_mends_damaged_rows(small):
    expected = small.platform.read("bar__kline", FUTURES)
    with duckdb.connect(small.store_file()) as connection:
        connection.execute("UPDATE mart.bar__kline SET high = low - 1")
    assert small.backfill("bar__kline", days=DAYS[:1]) == []
    (run,) = small.backfill("bar__kline", days=DAYS[:1], force=True)

    assert run.succeeded
    assert small.platform.read("bar__kline", FUTURES).equals(expected)


def test_a_flipped_bit_in_the_archive_fails_the_check_and_the_next_backfill_writes_the_day_again(
    small,
):
    small.backfill("archive_aggregates", days=DAYS[:1])
    (file,) = (small.platform.root / "archive/aggregates/bar__kline").rglob("*.parquet")
    whole = file.read_bytes()
    file.write_bytes(whole[:100] + bytes([whole[100] ^ 1]) + whole[101:])
    key = dg.AssetCheckKey(dg.AssetKey("archive_aggregates"), ARCHIVE_CHECK)
    found = check_result(small.platform, key, {FUTURES: DAYS[:1]})
    assert not found.passed
    assert "bar__kline" in found.description

    (run,) = small.backfill("archive_aggregates", days=DAYS[:1])
    assert run.succeeded
    assert file.read_bytes() == whole
