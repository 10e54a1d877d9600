"""Captures cut at midnight by the receive clock: in whatever order and pieces they come, the store
ends up the same.
"""

import contextlib
import io

import pytest
import zstandard

from marketdata_platform.cli.commands.query import query
from marketdata_platform.core.instrument import Instrument
from marketdata_platform_tests.end_to_end.deployments import (
    captures,
    mostly_slow,
    opened,
    require_same,
    tables,
)

PAIRS = {
    "usdm 2023": (
        "usdm",
        "binance:futures:BTCUSDT",
        "btcusdt_20230404",
        "btcusdt_20230405",
        2_197 + 10_738,
    ),
    "usdm 2024": (
        "usdm",
        "binance:futures:BTCUSDT",
        "btcusdt_20240718",
        "btcusdt_20240719",
        974 + 9_727,
    ),
    "spot": (
        "spot",
        "binance:spot:BTCUSDT",
        "btcusdt_20240808",
        "btcusdt_20240809",
        9_757 + 10_147,
    ),
    "coin": (
        "cm",
        "binance:coin_futures:BTCUSD_PERP",
        "btcusd_perp_20240808",
        "btcusd_perp_20240809",
        2_286 + 2_949,
    ),
}
DATASETS = ("bar__kline", "bar__tick_imbalance", "bar__vpin", "order_flow", "footprint")


def csv_of(root, dataset, monkeypatch):
    monkeypatch.setenv("MARKETDATA_ROOT", str(root))
    out = io.StringIO()
    with contextlib.redirect_stdout(out):
        query(f"SELECT * FROM {dataset}", format="csv")
    return out.getvalue()


def built(root, files, instrument):
    platform = opened(root)
    for path in files:
        platform.import_file(path, instrument)
    platform.derive(instrument, [c.day for c in platform.store.coverage("trades", instrument)])
    return platform


def halves(path, folder, overlap_bytes):
    """The file cut in two in the middle of a line; the second half starts earlier, so that they
    overlap.
    """
    data = zstandard.ZstdDecompressor().stream_reader(path.read_bytes()).read()
    cut = len(data) // 2
    whole_line = data.rfind(b"\n", 0, cut - overlap_bytes) + 1
    first, second = folder / f"{path.name}.first", folder / f"{path.name}.second"
    first.write_bytes(data[:cut])
    second.write_bytes(data[whole_line:])
    return [first, second]


@pytest.mark.parametrize("pair", mostly_slow(PAIRS, ["usdm 2023", "coin"]))
def test_either_order_and_twice_give_byte_equal_query_results(tmp_path, monkeypatch, pair):
    market, name, before, after, trades = PAIRS[pair]
    first, second = captures(market, before, after)
    instrument = Instrument.parse(name)
    straight = built(tmp_path / "straight", [first, second], instrument)
    other = built(tmp_path / "other", [second, first, second, first], instrument)
    expected = tables(straight, instrument, ["trades"])

    assert expected["trades"].height == trades
    require_same(tables(other, instrument, ["trades"]), expected)
    for dataset in ("trades", *DATASETS):
        text = csv_of(tmp_path / "straight", dataset, monkeypatch)
        assert text.count("\n") > 1
        assert csv_of(tmp_path / "other", dataset, monkeypatch) == text


def test_a_file_cut_in_overlapping_halves_adds_up_to_the_whole(tmp_path):
    market, name, before, after, trades = PAIRS["usdm 2024"]
    first, second = captures(market, before, after)
    instrument = Instrument.parse(name)
    whole = built(tmp_path / "whole", [first, second], instrument)
    cut = [*halves(first, tmp_path, 40_000), *halves(second, tmp_path, 90_000)]
    pieces = built(tmp_path / "pieces", reversed(cut), instrument)

    assert pieces.record(instrument).rows == trades
    require_same(tables(pieces, instrument, ["trades"]), tables(whole, instrument, ["trades"]))


def test_trades_land_in_the_day_of_their_exchange_time_though_the_receive_clock_is_behind(tmp_path):
    platform = opened(tmp_path)
    (path,) = captures("spot", "btcusdt_20240808")
    result = platform.import_file(path, "binance:spot:BTCUSDT")
    days = {str(c.day): c for c in platform.store.coverage("trades", result.instrument)}

    assert list(days) == ["2024-08-08", "2024-08-09"]
    late = platform.read("trades", result.instrument, "2024-08-09")
    assert late.height == days["2024-08-09"].rows > 0
    assert late["ts_recv"].max().date().isoformat() == "2024-08-08"
    assert late["ts_event"].min().date().isoformat() == "2024-08-09"
