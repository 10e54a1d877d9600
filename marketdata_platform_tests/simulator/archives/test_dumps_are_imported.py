"""The importers find in a simulated dump exactly what the simulated exchange says is in it."""

from datetime import date

import polars as pl
import pytest

from marketdata_platform.core.instrument import Instrument
from marketdata_platform.history import open_file
from marketdata_platform.simulator import Faults, aggregate_trades, preset, simulate_day, write_dump


@pytest.mark.parametrize("damaged", [False, True], ids=["whole", "damaged"])
@pytest.mark.parametrize("aggregated", [False, True], ids=["trades", "aggTrades"])
@pytest.mark.parametrize("day", [date(2024, 7, 18), date(2025, 1, 6)], ids=str)
@pytest.mark.parametrize("name", ["binance:spot:BTCUSDT", "binance:futures:SOLUSDT"])
def test_an_importer_recovers_what_the_truth_says(tmp_path, name, day, aggregated, damaged):
    instrument = Instrument.parse(name)
    trades = simulate_day(preset(name, trades_per_day=4_000), day)
    if aggregated:
        trades = aggregate_trades(trades, 5)
    gap = (trades["sequence"][100], trades["sequence"][120])
    faults = (
        Faults(duplicates=50, shuffled=True, corrupt_rows=12, truncated=True, gaps=[gap])
        if damaged
        else Faults()
    )
    dump = write_dump(trades, instrument, day, tmp_path, faults=faults)
    batches = list(open_file(dump.path, instrument).batches())
    rows = pl.concat([pl.DataFrame(pl.from_arrow(batch.rows)) for batch in batches])
    assert rows.height == dump.truth.rows - len(dump.truth.bad_lines)
    found = rows.unique("trade_id").sort("ts_event", "sequence").select(trades.columns)
    assert found.equals(dump.truth.expected(trades))
    rejected = [row.position for batch in batches for row in batch.rejected]
    assert sorted(rejected) == list(dump.truth.bad_lines)
