"""Databento's records as rows of our datasets.

Belongs here: what each schema's fields mean here. Does not: the file format (dbn), storing. Prices
are integers times 1e-9, times are ns: both are cut to what a dataset holds only where nothing is
lost (times to µs); a price with nine decimals is refused. `side` is the aggressor's: `A` sold, `B`
bought.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
import numpy.typing as npt

from marketdata_platform.core.datasets import TRADES
from marketdata_platform.core.datasets.raw_book import QUOTES
from marketdata_platform.core.datasets.raw_market import OHLCV, STATISTICS
from marketdata_platform.core.instrument import Instrument
from marketdata_platform.core.numbers.text_numbers import NULL, Numbers
from marketdata_platform.history.formats.databento import fields
from marketdata_platform.history.formats.databento.dbn import DbnHeader, Records
from marketdata_platform.history.formats.databento.definitions import listed
from marketdata_platform.venues.kit.column_arrays import Values
from marketdata_platform.venues.kit.instrument_rows import add_instruments
from marketdata_platform.venues.kit.quotes import with_computed
from marketdata_platform.venues.kit.rows import Decoded

Int64s = npt.NDArray[np.int64]
_SIDES = {b"A": "sell", b"B": "buy"}
_DELETED = 2


class DbnRows:
    """Turns blocks of one file into rows. Remembers the last event, so that equal ones are
    numbered across a cut.
    """

    def __init__(self, header: DbnHeader, instrument: Instrument | None) -> None:
        """`instrument`: what to call the records where the file does not name them; None:
        `databento:<market>:…`.
        """
        self._header, self._instrument = header, instrument
        self._last: tuple[int, int, int] | None = None
        self._ordinal = 0

    def rows(self, records: Records, first: int) -> Decoded:
        """Rows of a block that begins with record `first` of the file; refused records by their
        number in the block.
        """
        times = (
            records["ts_recv"] if "ts_recv" in (records.dtype.names or ()) else records["ts_event"]
        )
        out = Decoded(fields.us(times), self._named)
        if len(records):
            symbols = self._symbols(records)
            known = np.array([bool(s) for s in symbols], bool)
            for row in np.flatnonzero(~known).tolist():
                number = int(records["instrument_id"][row])
                out.reject(
                    row, f"instrument id {number} has no symbol in the file: say --instrument"
                )
            kept = np.flatnonzero(known)
            _ROWS[self._header.schema](
                self, out, records[kept], [symbols[r] for r in kept.tolist()], kept
            )
        return out

    def _named(self, symbol: str) -> Instrument:
        return self._instrument or Instrument("databento", self._header.market, symbol)

    def _symbols(self, records: Records) -> list[str]:
        if self._header.schema == "definition":
            return [text.decode("utf-8", "replace") for text in records["raw_symbol"].tolist()]
        if self._instrument is not None and not self._header.names:
            return [self._instrument.symbol] * len(records)
        names: dict[tuple[int, int], str] = {}
        days = (records["ts_event"] // np.uint64(86_400 * 10**9)).tolist()
        found = []
        for number, day in zip(records["instrument_id"].tolist(), days, strict=True):
            if (number, day) not in names:
                names[number, day] = self._header.symbol(number, day * 86_400 * 10**6) or ""
            found.append(names[number, day])
        return found

    def trades(self, out: Decoded, records: Records, symbols: Sequence[str], of: Int64s) -> None:
        """trades; of tbbo and mbp-1 the records that are trades."""
        chosen = np.flatnonzero(records["action"] == b"T")
        part = records[chosen]
        event = part["ts_event"].astype(np.int64)
        sequence = part["sequence"].astype(np.int64)
        ordinals = self._ordinals(event, sequence, part["instrument_id"].astype(np.int64))
        ids = [
            f"{e}.{s}.{n:04d}"
            for e, s, n in zip(event.tolist(), sequence.tolist(), ordinals.tolist(), strict=True)
        ]
        columns: dict[str, Values] = {
            "ts_event": fields.moments(part["ts_event"]),
            "sequence": fields.whole(sequence),
            "trade_id": ids,
            "price": fields.prices(part["price"]),
            "quantity": fields.counts(part["size"]),
            "side": [_SIDES.get(side, "unknown") for side in part["side"].tolist()],
        }
        out.add(TRADES, [symbols[r] for r in chosen.tolist()], of[chosen], columns)

    def quotes(self, out: Decoded, records: Records, symbols: Sequence[str], of: Int64s) -> None:
        """mbp-1, tbbo and bbo: the top of the book after (tbbo: before) the event."""
        event = records["ts_recv"] if self._header.schema.startswith("bbo") else records["ts_event"]
        sequence = records["sequence"].astype(np.int64)
        moments = event.astype(np.int64)
        ordinals = self._ordinals(moments, sequence, records["instrument_id"].astype(np.int64))
        columns: dict[str, Values] = {
            "ts_event": fields.moments(event),
            "event_id": [
                f"{self._header.schema}:{e}.{s}.{n:04d}"
                for e, s, n in zip(
                    moments.tolist(), sequence.tolist(), ordinals.tolist(), strict=True
                )
            ],
            "sequence": fields.whole(sequence),
            **with_computed(
                {
                    "bid_price": fields.prices(records["bid_px_00"]),
                    "bid_quantity": fields.counts(records["bid_sz_00"]),
                    "ask_price": fields.prices(records["ask_px_00"]),
                    "ask_quantity": fields.counts(records["ask_sz_00"]),
                }
            ),
        }
        out.add(QUOTES, symbols, of, columns)

    def both(self, out: Decoded, records: Records, symbols: Sequence[str], of: Int64s) -> None:
        """tbbo: each record is a trade with the quote that it met."""
        before = self._last, self._ordinal
        self.quotes(out, records, symbols, of)
        self._last, self._ordinal = before
        self.trades(out, records, symbols, of)

    def candles(self, out: Decoded, records: Records, symbols: Sequence[str], of: Int64s) -> None:
        """ohlcv-*: `ts_event` is the candle's start."""
        columns: dict[str, Values] = {
            "ts_event": fields.moments(records["ts_event"]),
            "ts_recv": Numbers(
                np.zeros(len(records), np.int64), np.full(len(records), NULL, np.int8)
            ),
            "interval": [self._header.schema.removeprefix("ohlcv-")] * len(records),
            **{name: fields.prices(records[name]) for name in ("open", "high", "low", "close")},
            "volume": fields.counts(records["volume"]),
        }
        out.add(OHLCV, symbols, of, columns)

    def statistics(
        self, out: Decoded, records: Records, symbols: Sequence[str], of: Int64s
    ) -> None:
        """statistics, by the names of Databento's types."""
        sequence = records["sequence"].astype(np.int64)
        kinds, actions = records["stat_type"].tolist(), records["update_action"].tolist()
        moments = records["ts_event"].astype(np.int64).tolist()
        rows = zip(moments, sequence.tolist(), kinds, actions, strict=True)
        columns: dict[str, Values] = {
            "ts_event": fields.moments(records["ts_event"]),
            "event_id": [f"{e}.{s}.{k}.{a}" for e, s, k, a in rows],
            "sequence": fields.whole(sequence),
            "statistic": [_statistic(kind) for kind in kinds],
            "price": fields.prices(records["price"]),
            "quantity": fields.counts(records["quantity"]),
            "ts_reference": fields.moments(records["ts_ref"]),
            "action": ["delete" if action == _DELETED else "new" for action in actions],
        }
        out.add(STATISTICS, symbols, of, columns)

    def definitions(
        self, out: Decoded, records: Records, symbols: Sequence[str], of: Int64s
    ) -> None:
        """definition → instruments, dated by their receipt."""
        add_instruments(out, [listed(record) for record in records], of)

    def _ordinals(self, *keys: Int64s) -> Int64s:
        """The place of each record among those with equal keys that it follows."""
        rows = len(keys[0])
        if not rows:
            return np.zeros(0, np.int64)
        stacked = np.stack(keys, axis=1)
        new = np.ones(rows, bool)
        new[1:] = (stacked[1:] != stacked[:-1]).any(axis=1)
        new[0] = tuple(stacked[0].tolist()) != self._last
        begun = np.cumsum(new)
        starts = np.flatnonzero(new)
        place: Int64s = np.arange(rows) - np.concatenate([[0], starts])[begun]
        place[begun == 0] += self._ordinal + 1  # they go on where the last block ended
        self._last, self._ordinal = tuple(stacked[-1].tolist()), int(place[-1])
        return place


def _statistic(kind: int) -> str:
    import databento_dbn as dbn

    try:
        return str(dbn.StatType.from_int(kind).name).lower()
    except (dbn.DBNError, ValueError):
        return f"type_{kind}"


_Writer = Callable[[DbnRows, Decoded, Records, Sequence[str], Int64s], None]
_ROWS: dict[str, _Writer] = {
    "trades": DbnRows.trades,
    "tbbo": DbnRows.both,
    "mbp-1": DbnRows.quotes,
    "bbo-1s": DbnRows.quotes,
    "bbo-1m": DbnRows.quotes,
    **dict.fromkeys(("ohlcv-1s", "ohlcv-1m", "ohlcv-1h", "ohlcv-1d"), DbnRows.candles),
    "statistics": DbnRows.statistics,
    "definition": DbnRows.definitions,
}
