"""Which format a file is in, told by its first lines.

Belongs here: the list of formats and how each is recognised. Does not: reading rows.
"""

from __future__ import annotations

import csv
import re
from enum import StrEnum

from marketdata_platform.core.errors import UnsupportedFormat
from marketdata_platform.core.instrument import Instrument, shown
from marketdata_platform.history.csv.csv_rows import read_line
from marketdata_platform.history.formats import tardis
from marketdata_platform.venues.binance import names as binance
from marketdata_platform.venues.bybit import names as bybit
from marketdata_platform.venues.kit.layouts import Layout

_LOOK_AT_LINES = 50
_KALSHI = b'{"recv_ms":'
_FRAME = re.compile(rb"\d{12,19} +[{\[]")


class Format(StrEnum):
    """What `--format` may say."""

    BINANCE_TRADES = "binance-trades"
    BINANCE_AGGTRADES = "binance-aggtrades"
    BYBIT_TRADES = "bybit-trades"
    TARDIS_TRADES = "tardis-trades"
    FRAMES = "frames"
    KALSHI_FRAMES = "kalshi-frames"


_BINANCE_LAYOUTS = {
    Format.BINANCE_TRADES: (binance.SPOT_TRADES, binance.FUTURES_TRADES),
    Format.BINANCE_AGGTRADES: (binance.SPOT_AGGREGATES, binance.FUTURES_AGGREGATES),
}
_NAMES_OF_OTHERS = {
    ("open_time",): "klines",
    ("update_id", "best_bid_price"): "bookTicker",
    (*tardis.PREFIX,): "Tardis data of another type than trades",
}


def detect(head: bytes, name: str) -> Format:
    """The format of a file that begins with `head` (some whole lines).

    Raises:
        UnsupportedFormat: it is none of those that can be imported; the message lists them.
    """
    lines = _lines(head)
    fields = _fields(lines[0]) if lines else []
    if any(_FRAME.match(line) for line in lines[:3]):
        return Format.FRAMES
    if any(line.startswith(_KALSHI) for line in lines[:3]):
        return Format.KALSHI_FRAMES
    if tuple(fields) == tardis.HEADER:
        return Format.TARDIS_TRADES
    if bybit.layout_of(fields, ""):
        return Format.BYBIT_TRADES
    layout = binance.layout_of_header(fields)
    if layout is not None:
        return (
            Format.BINANCE_AGGTRADES
            if "FIRST_ID" in {kind.name for kind in layout.kinds}
            else Format.BINANCE_TRADES
        )
    counts = {format_: _best(lines, format_)[1] for format_ in _BINANCE_LAYOUTS}
    best = max(counts, key=lambda format_: counts[format_])
    if counts[best]:
        return best
    named = binance.DUMP_NAME.search(name)
    if not lines and named:
        return Format.BINANCE_TRADES if named["kind"] == "trades" else Format.BINANCE_AGGTRADES
    raise UnsupportedFormat(_message(name, lines, fields))


def layout_for(format_: Format, head: bytes, instrument: Instrument, name: str) -> Layout:
    """The layout of a delimited file of this format, checked against the instrument.

    Raises:
        UnsupportedFormat: the first lines are not of the format, or of another market, exchange or
            symbol.
    """
    lines = _lines(head)
    fields = _fields(lines[0]) if lines else []
    layout: Layout | None
    if format_ is Format.TARDIS_TRADES:
        return _tardis_layout(lines, fields, instrument, name)
    if format_ is Format.BYBIT_TRADES:
        layout = bybit.layout_of(
            fields, _symbol(bybit.layout_of(fields, ""), lines, instrument, name)
        )
    else:
        layout = binance.layout_of_header(fields) or (
            _best(lines, format_)[0] if lines else _of_market(format_, instrument)
        )
    if layout is None:
        raise UnsupportedFormat(
            f"{name} is not in format {format_}: its first line is {_shown(lines)}"
        )
    if (
        format_ in _BINANCE_LAYOUTS
        and instrument.venue == "binance"
        and not binance.fits_market(layout, instrument.market)
    ):
        raise UnsupportedFormat(
            f"{name} has the layout of {layout.name}, which is not of market "
            f"{instrument.market!r}: "
            f"name the instrument that it is of ({binance.SPOT}, {binance.FUTURES} or "
            f"{binance.COIN_FUTURES})"
        )
    return layout


def _best(lines: list[bytes], format_: Format) -> tuple[Layout | None, int]:
    """The format's header-less layout that reads most of `lines`, and how many; by columns when it
    reads none.
    """
    layouts = _BINANCE_LAYOUTS[format_]
    good = [
        sum(isinstance(read_line(line, layout, 0), dict) for line in lines) for layout in layouts
    ]
    most = max(good)
    if most:
        return layouts[good.index(most)], most
    columns = {len(_fields(line)) for line in lines}
    return next((layout for layout in layouts if len(layout.kinds) in columns), None), 0


def _of_market(format_: Format, instrument: Instrument) -> Layout:
    """The layout that an empty file would have."""
    fitting = [
        layout
        for layout in _BINANCE_LAYOUTS[format_]
        if binance.fits_market(layout, instrument.market)
    ]
    return (*fitting, *_BINANCE_LAYOUTS[format_])[0]


def _tardis_layout(
    lines: list[bytes], fields: list[str], instrument: Instrument, name: str
) -> Layout:
    if tuple(fields) != tardis.HEADER:
        raise UnsupportedFormat(
            f"{name} is not in format {Format.TARDIS_TRADES}: its first line is {_shown(lines)}"
        )
    rows = [row for row in (_fields(line) for line in lines[1:]) if len(row) == len(tardis.HEADER)]
    exchange, symbol = (rows[0][0], rows[0][1]) if rows else ("", instrument.symbol)
    return tardis.layout_for(exchange, symbol, instrument, name)


def _symbol(layout: Layout | None, lines: list[bytes], instrument: Instrument, name: str) -> str:
    if layout is not None:
        rows = [
            row for row in (_fields(line) for line in lines[1:]) if len(row) == len(layout.names)
        ]
        if rows and (symbol := rows[0][layout.names.index("symbol")]) != instrument.symbol:
            raise UnsupportedFormat(
                f"{name} is of symbol {shown(symbol)}, not {shown(instrument.symbol)}: name the "
                "instrument it is of"
            )
    return instrument.symbol


def _lines(head: bytes) -> list[bytes]:
    lines = (line.strip() for line in head.split(b"\n", _LOOK_AT_LINES)[:_LOOK_AT_LINES])
    return [line for line in lines if line]


def _fields(line: bytes) -> list[str]:
    try:
        return [field.strip() for field in next(csv.reader([line.decode("utf-8", "replace")]), [])]
    except csv.Error:
        return []


def _shown(lines: list[bytes]) -> str:
    return shown(lines[0].decode("utf-8", "replace")) if lines else "missing"


def _message(name: str, lines: list[bytes], fields: list[str]) -> str:
    known = ", ".join(Format)
    for start, other in _NAMES_OF_OTHERS.items():
        if tuple(fields[: len(start)]) == start:
            return f"{name} holds {other}, which cannot be imported yet; formats: {known}"
    what = f"begins with {_shown(lines)}" if lines else "is empty"
    return (
        f"{name} {what}, which is none of the formats {known}: say which with --format if you "
        "know it"
    )
