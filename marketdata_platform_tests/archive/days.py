"""Days of trades for the archive's tests: small ones made here, real ones from recorded frames."""

import json
import os
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path

import pyarrow as pa
import pytest
import zstandard

from marketdata_platform.core.datasets import TRADES
from marketdata_platform.core.instrument import Instrument

DAY = date(2024, 7, 19)
BTC = Instrument.parse("binance:futures:BTCUSDT")
NOON = datetime(2024, 7, 19, 12, tzinfo=UTC)
ROW = {
    "ts_recv": None,
    "side": "buy",
    "condition": None,
    "first_trade_id": None,
    "last_trade_id": None,
    "price": Decimal("64000.10"),
    "quantity": Decimal("0.002"),
}


def trade(number: int, **changed: object) -> dict[str, object]:
    moment = NOON + timedelta(milliseconds=number // 3)
    return {
        **ROW,
        "ts_event": moment,
        "trade_id": str(5_000_000 + number),
        "sequence": 5_000_000 + number,
        **changed,
    }


def trades(count: int = 10, **changed: object) -> pa.Table:
    return table([trade(number, **changed) for number in range(count)])


def table(rows: list[dict[str, object]]) -> pa.Table:
    return pa.Table.from_pylist(rows, schema=TRADES.arrow_schema)


def captured(name: str, day: date, *, received: bool = True) -> pa.Table:
    """The trades of `day` (exchange time) in the captures whose path begins with `name`, e.g.
    `usdm/btcusdt_202407`.
    """
    root = os.environ.get("MARKETDATA_TEST_DATA")
    if not root:
        pytest.skip("MARKETDATA_TEST_DATA is not set: no recorded frames to read")
    folder, _, stem = name.partition("/")
    rows = {}
    for path in sorted(Path(root, "hftbacktest-binance-ws", folder).glob(f"{stem}*")):
        with path.open("rb") as file:
            lines = zstandard.ZstdDecompressor().stream_reader(file).read().splitlines()
        for line in lines:
            if b'"e":"trade"' in line:
                row = _frame_row(line)
                rows[row["sequence"]] = row if received else {**row, "ts_recv": None}
    return table([row for _, row in sorted(rows.items()) if row["ts_event"].date() == day])


def _frame_row(line: bytes) -> dict[str, object]:
    received, _, frame = line.partition(b" ")
    data = json.loads(frame)["data"]
    micros = int(received[:16])
    mark = data.get("X", "MARKET")
    return {
        **ROW,
        "ts_event": datetime.fromtimestamp(0, UTC) + timedelta(milliseconds=data["T"]),
        "ts_recv": datetime.fromtimestamp(0, UTC) + timedelta(microseconds=micros),
        "trade_id": str(data["t"]),
        "sequence": data["t"],
        "price": Decimal(data["p"]),
        "quantity": Decimal(data["q"]),
        "side": "sell" if data["m"] else "buy",
        "condition": None if mark == "MARKET" else mark.lower(),
    }
