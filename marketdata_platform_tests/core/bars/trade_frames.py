"""Real and made-up trades for the bar tests, as lists for the slow reference and as frames for the
kernels.
"""

from __future__ import annotations

import io
import os
from collections.abc import Sequence
from decimal import Decimal
from pathlib import Path
from typing import Any

import msgspec
import polars as pl
import pytest
import zstandard
from hypothesis import strategies as st

from marketdata_platform_tests.core.bars.slow_reference import Trade

START = 1_582_329_600_000_000 + 86_340_000_000  # one minute before a UTC midnight


def frame_of(trades: Sequence[Trade]) -> pl.DataFrame:
    """The trades as a frame with ids 0, 1, …"""
    return pl.DataFrame(
        {
            "ts_event": pl.Series([t.ts for t in trades], dtype=pl.Int64).cast(
                pl.Datetime("us", "UTC")
            ),
            "price": pl.Series([t.price for t in trades], dtype=pl.Decimal(18, 8)),
            "quantity": pl.Series([t.quantity for t in trades], dtype=pl.Decimal(20, 8)),
            "side": pl.Series([t.side for t in trades], dtype=pl.String),
            "trade_id": pl.Series([str(i) for i in range(len(trades))], dtype=pl.String),
        }
    )


def data_folder() -> Path:
    """Where recorded market data is; skips the test without it."""
    root = os.environ.get("MARKETDATA_TEST_DATA")
    if not root:
        pytest.skip("MARKETDATA_TEST_DATA is not set: no recorded market data to compare on")
    return Path(root)


def tardis_trades() -> list[Trade]:
    """5,041 futures trades of one hour."""
    path = data_folder() / "tardis-binance-futures" / "BTCUSDT-trades-20200222T00.csv.zst"
    text = zstandard.ZstdDecompressor().stream_reader(path.read_bytes()).read()
    frame = pl.read_csv(io.BytesIO(text), infer_schema=False)
    names = ("timestamp", "price", "amount", "side")
    return [
        Trade(int(t), Decimal(p), Decimal(q), s) for t, p, q, s in frame.select(names).iter_rows()
    ]


def captured_trades(market: str, *files: str) -> list[Trade]:
    """Trades of raw frame captures, in the order of the files."""
    out: list[Trade] = []
    for name in files:
        path = data_folder() / "hftbacktest-binance-ws" / market / name
        data = zstandard.ZstdDecompressor().stream_reader(path.read_bytes()).read()
        out += [trade for line in data.splitlines() if (trade := _captured(line)) is not None]
    return out


def _captured(line: bytes) -> Trade | None:
    message: dict[str, Any] = msgspec.json.decode(line.split(b" ", 1)[1])
    data = message.get("data", {})
    if data.get("e") != "trade" or data.get("X", "MARKET") != "MARKET":
        return None
    return Trade(
        data["T"] * 1000, Decimal(data["p"]), Decimal(data["q"]), "sell" if data["m"] else "buy"
    )


@st.composite
def made_up_trades(draw: st.DrawFn, max_size: int = 120) -> list[Trade]:
    """Short series around a UTC midnight with ties, jumps, unknown sides and extreme sizes."""
    ticks = st.tuples(
        st.sampled_from([0, 0, 1, 999, 30_000_000, 7_200_000_000]),
        st.sampled_from(
            ["0.00000001", "1", "1.5", "1.50000001", "99.99", "100", "9999999999.99999999"]
        ),
        st.one_of(
            st.sampled_from(["0.1", "0.3", "1", "7", "0.00000001", "46000000000.00000001"]),
            st.integers(1, 10**10).map(lambda n: str(Decimal(n).scaleb(-8))),
        ),
        st.sampled_from(["buy", "sell", "buy", "sell", "unknown"]),
    )
    out, ts = [], START
    for gap, price, quantity, side in draw(st.lists(ticks, max_size=max_size)):
        ts += gap
        out.append(Trade(ts, Decimal(price), Decimal(quantity), side))
    return out


@st.composite
def cuts(draw: st.DrawFn, size: int) -> list[tuple[int, int]]:
    """Consecutive slices that cover `size` trades, some of them empty."""
    ends = sorted(draw(st.lists(st.integers(0, size), max_size=6)))
    return list(zip([0, *ends], [*ends, size], strict=True))
