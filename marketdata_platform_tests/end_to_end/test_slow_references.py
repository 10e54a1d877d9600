"""Bars in the store equal an independent slow implementation, trade by trade, on recorded trades
over a midnight.
"""

from decimal import Decimal

import polars as pl
import pytest

from marketdata_platform.core.bars import ImbalanceParams, VpinParams
from marketdata_platform.workflows.deriving.series_start import series_start
from marketdata_platform_tests.core.bars import bar_checks, slow_reference
from marketdata_platform_tests.core.bars.trade_frames import captured_trades
from marketdata_platform_tests.end_to_end.deployments import FUTURES, captures, opened

FILES = ("btcusdt_20240718", "btcusdt_20240719")
NEAR = {"vpin": 4.5e-16}  # two units in the last place
IMBALANCE = {
    "expected_ticks": 200,
    "span_bars": 10,
    "span_ticks": 300,
    "min_ticks": 20,
    "max_ticks": 900,
}


@pytest.fixture(scope="module")
def platform(tmp_path_factory):
    made = opened(
        tmp_path_factory.mktemp("root"),
        imbalance=IMBALANCE,
        vpin={"bucket_volume": "auto", "window": 20},
    )
    for path in captures("usdm", *FILES):
        made.import_file(path, FUTURES)
    for one in reversed([c.day for c in made.store.coverage("trades", FUTURES)]):
        made.derive(FUTURES, [one])
    return made


@pytest.fixture(scope="module")
def trades():
    return captured_trades("usdm", *(f"{name}.log.zst" for name in FILES))


@pytest.mark.parametrize("kind", ["tick", "volume", "dollar"])
def test_imbalance_and_run_bars_are_those_of_the_slow_reference(platform, trades, kind):
    params = ImbalanceParams(kind=kind, **IMBALANCE)
    for dataset, slow in (
        (f"bar__{kind}_imbalance", slow_reference.imbalance_bars),
        (f"bar__{kind}_run", slow_reference.run_bars),
    ):
        stored = platform.read(dataset, FUTURES)
        assert stored["end_time"].dt.date().n_unique() == 2
        bar_checks.require_rows(stored, slow(trades, params))


def test_automatic_vpin_buckets_are_those_of_the_slow_reference(platform, trades):
    start = series_start(platform.store, FUTURES)
    params = VpinParams("auto", window=20, first_bucket_volume=start.volume_per_bar)
    elements = slow_reference.trade_elements(trades)
    expected = slow_reference.vpin_buckets(elements, None, 20, params.first_bucket_volume)
    stored = platform.read("bar__vpin", FUTURES)

    assert stored["end_time"].dt.date().n_unique() == 2
    assert stored["vpin"].drop_nulls().len() > 100
    bar_checks.require_rows(stored, expected, NEAR)


def test_no_volume_is_lost_between_trades_and_any_kind_of_bar(platform):
    total = platform.read("trades", FUTURES).filter(pl.col("condition").is_null())["quantity"].sum()
    made = platform.derivations(FUTURES)
    last = max(c.day for c in platform.store.coverage("trades", FUTURES))
    states = {
        r["dataset"]: r["state"]
        for r in platform.read("checkpoints", FUTURES).iter_rows(named=True)
        if r["day"] == last
    }
    for name, derivation in made.items():
        if derivation.held_volume is not None:
            stored = platform.read(name, FUTURES)["volume"].sum() or Decimal(0)
            assert stored + derivation.held_volume(states[name]) == total, name
