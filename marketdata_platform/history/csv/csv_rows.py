"""Blocks of delimited text to trades: whole blocks through the compiled parser, odd lines one by
one with a reason.

Belongs here: what becomes of a block whatever its venue. Does not: layouts (venues) and files
(containers).
"""

from __future__ import annotations

import csv
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa

from marketdata_platform.core.datasets.raw import TRADES
from marketdata_platform.core.window import from_us
from marketdata_platform.history.trade_table import SIDES, decimal_of
from marketdata_platform.venues.kit.exact import (
    DoesNotFit,
    price_from_text,
    quantity_from_text,
    sequence_of,
    us_from_epoch_count,
    us_from_seconds_text,
    whole_from_text,
)
from marketdata_platform.venues.kit.layouts import Kind, Layout
from marketdata_platform.workflows.files.import_files import RejectedRecord

PAYLOAD_LIMIT = 4096
_MAKER = {"true": "sell", "1": "sell", "false": "buy", "0": "buy"}


@dataclass(frozen=True, slots=True)
class Parsed:
    """What one block gave: `rows` in the trades schema, the line number of each, what was refused,
    and lines in all.
    """

    rows: pa.Table
    lines: np.ndarray[Any, np.dtype[np.int64]]
    rejected: list[RejectedRecord]
    line_count: int


def parse_block(block: bytes, layout: Layout, first_line: int) -> Parsed:
    """Parse `block`, whole lines that end with a newline, of which the first is line `first_line`
    of its source.
    """
    from marketdata_platform.history.csv.csv_columns import Columns  # loads numba

    columns = Columns(np.frombuffer(block, np.uint8), layout)
    table = columns.table()
    lines = (columns.lines if columns.all_good else columns.lines[columns.ok]) + first_line
    if columns.all_good:
        return Parsed(table, lines, [], columns.line_count)
    slow = [read_line(block[a:b], layout, int(n) + first_line) for a, b, n in columns.marked()]
    kept = [row for row in slow if isinstance(row, dict)]
    if kept:  # odd but right (quotes, 1e-5): put in the place that they have in the file
        positions = np.array([row.pop("line") for row in kept], np.int64)
        table = pa.concat_tables([table, pa.Table.from_pylist(kept, TRADES.arrow_schema)])
        lines = np.concatenate([lines, positions])
        order = np.argsort(lines, kind="stable")
        table, lines = table.take(pa.array(order)), lines[order]
    return Parsed(
        table, lines, [row for row in slow if isinstance(row, RejectedRecord)], columns.line_count
    )


def read_line(raw: bytes, layout: Layout, line: int) -> dict[str, Any] | RejectedRecord | None:
    """One line by the full rules: a row (with its `line`), what is wrong with it, or None for a
    header or a blank.
    """
    text = raw.decode("utf-8", "replace").lstrip("\ufeff").rstrip("\r")
    if not text.strip():
        return None
    try:
        fields = [field.strip() for field in next(csv.reader([text], strict=True))]
    except (csv.Error, StopIteration):
        return RejectedRecord(line, "quotes are not closed", text[:PAYLOAD_LIMIT], None)
    if layout.is_header(fields):
        return None
    row: dict[str, Any] = {"line": line}
    reason = (
        f"has {len(fields)} columns, not {len(layout.kinds)}"
        if len(fields) != len(layout.kinds)
        else ""
    )
    if not reason:
        reason = _fill(row, fields, layout)
    if reason:
        return RejectedRecord(line, reason, text[:PAYLOAD_LIMIT], row.get("ts_event"))
    return row


def _fill(row: dict[str, Any], fields: Sequence[str], layout: Layout) -> str:
    """Read every field into `row`, the time even when another is wrong; the first reason, or ''."""
    reason = ""
    for column, (field, kind) in enumerate(zip(fields, layout.kinds, strict=True)):
        try:
            if kind is Kind.EXPECTED:
                _expect(layout, column, field)
            elif kind in _READERS:
                row.update(_READERS[kind](field))
        except DoesNotFit as error:
            reason = reason or str(error)
    first, last = row.get("first_trade_id"), row.get("last_trade_id")
    if first is not None and last is not None and last < first:
        return reason or "last trade id is before the first"
    return reason


def _expect(layout: Layout, column: int, field: str) -> None:
    expected = layout.expectation(column)
    if field != expected:
        raise DoesNotFit(f"{layout.names[column]} is {field[:64]!r}, not {expected!r}")


def _time(name: str) -> Callable[[str], dict[str, Any]]:
    return lambda text: {name: from_us(us_from_epoch_count("time", whole_from_text("time", text)))}


def _id(text: str) -> dict[str, Any]:
    sequence = whole_from_text("trade id", text)
    return {"trade_id": text, "sequence": sequence}


def _text_id(text: str) -> dict[str, Any]:
    if not text or not text.isprintable() or "\ufffd" in text:
        raise DoesNotFit("trade id is empty" if not text else "trade id is not readable text")
    return {"trade_id": text, "sequence": sequence_of(text)}


def _maker(text: str) -> dict[str, Any]:
    if text.lower() not in _MAKER:
        raise DoesNotFit(f"buyer-is-maker flag {text[:64]!r} is not true or false")
    return {"side": _MAKER[text.lower()]}


def _side(text: str) -> dict[str, Any]:
    if text.lower() not in SIDES:
        raise DoesNotFit(f"side {text[:64]!r} is not buy, sell or unknown")
    return {"side": text.lower()}


_READERS: dict[Kind, Callable[[str], dict[str, Any]]] = {
    Kind.ID: _id,
    Kind.TEXT_ID: _text_id,
    Kind.PRICE: lambda text: {"price": decimal_of(price_from_text(text))},
    Kind.QUANTITY: lambda text: {"quantity": decimal_of(quantity_from_text(text))},
    Kind.TIME: _time("ts_event"),
    Kind.RECEIVED: _time("ts_recv"),
    Kind.SECONDS: lambda text: {"ts_event": from_us(us_from_seconds_text(text))},
    Kind.MAKER: _maker,
    Kind.SIDE: _side,
    Kind.FIRST_ID: lambda text: {"first_trade_id": whole_from_text("first trade id", text)},
    Kind.LAST_ID: lambda text: {"last_trade_id": whole_from_text("last trade id", text)},
}
