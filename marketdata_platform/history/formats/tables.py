"""Tables of records (CSV, Parquet, Arrow IPC) to rows, by declaration: which column of a file is
which of a dataset.

Belongs here: the declared layouts, and reading by them. Does not: choosing a file's layout
(loads.py), storing. Every value goes through the exact reading of text: a float is taken by its
shortest decimal, which is what was meant.
"""

from __future__ import annotations

import contextlib
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from marketdata_platform.core.datasets import DATASETS, Column, Dataset, Tier
from marketdata_platform.core.datasets.raw_book import QUOTES
from marketdata_platform.core.datasets.raw_market import OHLCV
from marketdata_platform.core.instrument import Instrument
from marketdata_platform.core.numbers.text_numbers import BAD, NULL, OK, Numbers, numbers
from marketdata_platform.venues.kit.column_arrays import Values
from marketdata_platform.venues.kit.content_ids import content_ids
from marketdata_platform.venues.kit.quotes import with_computed
from marketdata_platform.venues.kit.rows import Decoded, times

Int64s = npt.NDArray[np.int64]
WHERE = ("venue", "market", "symbol")
_INT64_DIGITS = 19
_EARLIEST_US, _LATEST_US = -2_208_988_800_000_000, 7_258_118_400_000_000  # 1900 and 2200
_ISO = re.compile(r"(19|2[01])\d\d-\d\d-\d\d([T ]\d\d:\d\d(:\d\d(\.\d{1,9})?)?)?(Z|\+00:00)?")


@dataclass(frozen=True, slots=True)
class TableLayout:
    """How a kind of file maps to a dataset: our column → the file's; `completed` adds what the file
    does not say.
    """

    name: str
    dataset: Dataset
    columns: Mapping[str, str]
    venue: str = ""  # the venue that such files are of; empty: any
    completed: Callable[[dict[str, Values], pa.Table], dict[str, Values]] = field(
        default=lambda columns, _: columns
    )

    def fits(self, names: Sequence[str]) -> bool:
        """Whether a file with these columns is of this layout: it has all that it needs."""
        return set(self.columns.values()) <= set(names)


def own_layout(dataset: Dataset, names: Sequence[str]) -> TableLayout:
    """The layout of a file that uses our own column names."""
    return TableLayout(
        dataset.name, dataset, {c.name: c.name for c in dataset.columns if c.name in names}
    )


def own_layouts(names: Sequence[str]) -> list[TableLayout]:
    """Datasets whose every required column is among `names`; the one that uses most of them
    first.
    """
    found = [
        own_layout(kind, names)
        for kind in DATASETS.values()
        if kind.tier is not Tier.META
        and {c.name for c in kind.columns if not c.nullable} <= set(names)
    ]
    return sorted(found, key=lambda layout: -len(layout.columns))


def table_rows(layout: TableLayout, table: pa.Table, instrument: Instrument | None) -> Decoded:
    """Rows of a batch of the file; without an `instrument` its columns venue, market and symbol
    name it.
    """
    kind = layout.dataset
    columns = {
        ours: _column(kind.column(ours), table.column(theirs).combine_chunks())
        for ours, theirs in layout.columns.items()
    }
    rows = np.arange(table.num_rows)
    columns.setdefault("ts_recv", _nothing(len(rows)))
    columns = layout.completed(columns, table)
    known = {c.name for c in kind.columns}
    columns = {name: values for name, values in columns.items() if name in known}
    symbols, named = _instruments(table, instrument)
    out = Decoded(np.zeros(len(rows), np.int64), named)
    out.add(kind, symbols, rows, columns)
    return out


def _instruments(
    table: pa.Table, instrument: Instrument | None
) -> tuple[list[str], Callable[[str], Instrument]]:
    if instrument is not None:
        return [instrument.symbol] * table.num_rows, lambda _: instrument
    parts = [table.column(name).cast(pa.string()).to_pylist() for name in WHERE]
    return [":".join(str(p) for p in row) for row in zip(*parts, strict=True)], Instrument.parse


def _column(column: Column, values: pa.Array) -> Values:
    """One column by its type here; what does not fit is BAD with a reason, row by row."""
    if pa.types.is_dictionary(values.type):
        values = values.dictionary_decode()
    if column.type == pa.string():
        return values.cast(pa.string())
    if pa.types.is_timestamp(column.type):
        return _moments(values)
    if pa.types.is_decimal(column.type):
        return numbers(_texts(values), scale=column.type.scale, digits=column.type.precision)
    if column.type == pa.int64():
        return numbers(_texts(values), scale=0, digits=18)
    return values.cast(column.type)


def _texts(values: pa.Array) -> list[str | None]:
    """Values as decimal text; not-a-number is no value."""
    if pa.types.is_floating(values.type):
        return [None if v is None or v != v else _plain_float(v) for v in values.to_pylist()]
    texts: list[str | None] = values.cast(pa.string()).to_pylist()
    return texts


def _plain_float(value: float) -> str:
    return repr(value)


def _moments(values: pa.Array) -> Numbers:
    if pa.types.is_timestamp(values.type):
        if values.type.tz not in (None, "UTC", "Etc/UTC", "+00:00"):
            values = values.cast(pa.timestamp(values.type.unit, "UTC"))
        whole = pc.cast(values.cast(pa.timestamp("us", values.type.tz), safe=False), pa.int64())
        state = np.where(
            values.is_null().to_numpy(zero_copy_only=False), np.int8(NULL), np.int8(OK)
        )
        found = whole.fill_null(0).to_numpy()
        odd = np.flatnonzero((found < _EARLIEST_US) | (found >= _LATEST_US)).tolist()
        state[odd] = BAD
        return Numbers(
            np.where(state == OK, found, 0),
            state,
            dict.fromkeys(odd, "is not in the years 1900 to 2199"),
        )
    if pa.types.is_string(values.type) or pa.types.is_large_string(values.type):
        return _moments_of_text(values.to_pylist())
    return times(values.to_pylist())


def _moments_of_text(texts: Sequence[str | None]) -> Numbers:
    """Digits count from 1970 (ms, µs or ns, by size); the others are ISO 8601, without a zone
    UTC.
    """
    digits = times(
        [int(t) if t and t.isdigit() and len(t) < _INT64_DIGITS else None for t in texts]
    )
    for row, text in enumerate(texts):
        if not text or digits.state[row] != NULL:
            continue
        if _ISO.fullmatch(text.strip()):
            with contextlib.suppress(ValueError):
                moment = np.datetime64(text.strip().removesuffix("Z").removesuffix("+00:00"), "us")
                digits.values[row], digits.state[row] = moment.astype(np.int64), OK
                continue
        digits.state[row], digits.reasons[row] = BAD, f"{text[:40]!a} is no UTC time"
    return digits


def _nothing(rows: int) -> Numbers:
    return Numbers(np.zeros(rows, np.int64), np.full(rows, NULL, np.int8))


def _klines(columns: dict[str, Values], table: pa.Table) -> dict[str, Values]:
    """Binance writes a candle's last millisecond (spot since 2025: microsecond): its length
    follows.
    """
    opened, closed = (
        _moments(table.column(n).combine_chunks()).values for n in ("open_time", "close_time")
    )
    spans = ((closed - opened + 1_000) // 1_000_000).tolist()
    columns["interval"] = [_INTERVALS.get(span, f"{span}s") for span in spans]
    return columns


_INTERVALS = {
    seconds * factor: f"{seconds}{unit}"
    for unit, factor, counts in (
        ("s", 1, (1,)),
        ("m", 60, (1, 3, 5, 15, 30)),
        ("h", 3_600, (1, 2, 4, 6, 8, 12)),
        ("d", 86_400, (1, 3)),
        ("w", 604_800, (1,)),
    )
    for seconds in counts
}


def _tardis_quotes(columns: dict[str, Values], table: pa.Table) -> dict[str, Values]:
    """Tardis numbers no quote: its time and content do."""
    sides = ("bid_price", "bid_quantity", "ask_price", "ask_quantity")
    computed: dict[str, Values] = dict(
        with_computed({n: c for n in sides if isinstance(c := columns[n], Numbers)})
    )
    moments = columns["ts_event"]
    assert isinstance(moments, Numbers)
    texts = [
        table.column(n).cast(pa.string()).to_pylist()
        for n in ("bid_price", "bid_amount", "ask_price", "ask_amount")
    ]
    return {
        **columns,
        **computed,
        "event_id": content_ids(moments.values.tolist(), *texts),
        "sequence": _nothing(len(texts[0])),
    }


BINANCE_KLINES = TableLayout(
    "binance-klines",
    OHLCV,
    {
        "ts_event": "open_time",
        **{name: name for name in ("open", "high", "low", "close", "volume", "quote_volume")},
        "trades": "count",
        "buy_volume": "taker_buy_volume",
        "buy_quote_volume": "taker_buy_quote_volume",
    },
    "binance",
    _klines,
)
TARDIS_QUOTES = TableLayout(
    "tardis-quotes",
    QUOTES,
    {
        "ts_event": "timestamp",
        "ts_recv": "local_timestamp",
        "bid_price": "bid_price",
        "bid_quantity": "bid_amount",
        "ask_price": "ask_price",
        "ask_quantity": "ask_amount",
    },
    "",
    _tardis_quotes,
)
DECLARED = (BINANCE_KLINES, TARDIS_QUOTES)
BINANCE_KLINE_COLUMNS = (
    "open_time", "open", "high", "low", "close", "volume", "close_time", "quote_volume", "count",
    "taker_buy_volume", "taker_buy_quote_volume", "ignore",
)  # fmt: skip
__all__ = [
    "BINANCE_KLINE_COLUMNS",
    "DECLARED",
    "TableLayout",
    "own_layout",
    "own_layouts",
    "table_rows",
]
