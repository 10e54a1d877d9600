"""Tardis.dev CSV: one file per exchange, data type, day and symbol, of any venue.

Belongs here: Tardis's columns and file names. Does not: what it calls a venue (`Venue.aliases`),
parsing (csv). `timestamp` is the exchange's and `local_timestamp` Tardis's receive time, in µs;
`side` is the taker's, or `unknown`.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

import pyarrow as pa

from marketdata_platform.core.datasets.raw_book import QUOTES
from marketdata_platform.core.errors import ConfigurationError, UnsupportedFormat
from marketdata_platform.core.instrument import Instrument, shown
from marketdata_platform.core.numbers.text_numbers import Numbers
from marketdata_platform.history.formats.head import Head, not_in_format, refuse_other_symbol
from marketdata_platform.venues import all_venues
from marketdata_platform.venues.kit.column_arrays import Values
from marketdata_platform.venues.kit.content_ids import content_ids
from marketdata_platform.venues.kit.layouts import Kind, Layout
from marketdata_platform.venues.kit.quotes import with_computed
from marketdata_platform.venues.kit.tables import Columns, TableLayout, nothing

HEADER = ("exchange", "symbol", "timestamp", "local_timestamp", "id", "side", "price", "amount")
# How its files of other data types begin.
OTHERS = {HEADER[:4]: "Tardis data of another type than trades"}

# exchange_trades_2020-02-22_BTCUSDT.csv.gz; the symbol is in the rows.
FILE_NAME = re.compile(
    r".*?_trades_(?P<year>\d{4})-(?P<month>\d\d)-(?P<day>\d\d)_[^.]+(?=\.csv)", re.DOTALL
)

_VENDOR = "tardis"
# Exchanges that are known to be called as here, though no venue of ours says so.
_WITHOUT_VENUE = ("bitmex",)
_KINDS = (
    Kind.EXPECTED,
    Kind.EXPECTED,
    Kind.TIME,
    Kind.RECEIVED,
    Kind.TEXT_ID,
    Kind.SIDE,
    Kind.PRICE,
    Kind.QUANTITY,
)


@dataclass(frozen=True, slots=True)
class TardisTrades:
    """`dumps.Delimited` for Tardis's trades."""

    name: str = "tardis-trades"
    venue: str = ""

    def has_header(self, fields: Sequence[str]) -> bool:
        """True if the fields are Tardis's own header."""
        return tuple(fields) == HEADER

    def lines_read(self, lines: Sequence[bytes]) -> int:
        """None: every file has a header."""
        return 0

    def layout_for(self, head: Head, instrument: Instrument, name: str) -> Layout:
        """The layout of file `name`, whose first row says the exchange and the symbol.

        Raises:
            UnsupportedFormat: it is not in the format, or of another exchange, market or symbol
                than `instrument`. An exchange that no venue claims is taken on trust: there is
                nothing to compare it with.
        """
        if not self.has_header(head.fields):
            raise not_in_format(name, self.name, head)
        row = head.first_row(len(HEADER))
        exchange, symbol = (row[0], row[1]) if row else ("", instrument.symbol)
        _refuse_other_exchange(name, exchange, symbol, instrument)
        refuse_other_symbol(name, symbol, instrument)
        return Layout("Tardis trades", HEADER, _KINDS, {"exchange": exchange, "symbol": symbol})


def _refuse_other_exchange(name: str, exchange: str, symbol: str, instrument: Instrument) -> None:
    claims = _claims()
    venue, markets = claims.get(exchange, (instrument.venue, ()))
    # The venue's markets that Tardis distinguishes; others are names of one's own and fit any.
    known = {market for other, of in claims.values() if other == venue for market in of}
    other_market = bool(markets) and instrument.market in known - set(markets)
    if venue != instrument.venue or other_market:
        meant = f"{venue}:{(*markets, '…')[0]}"
        raise UnsupportedFormat(
            f"{name} is of Tardis exchange {shown(exchange)}, which is {meant} here, not "
            f"{instrument.venue}:{instrument.market}: import it with --instrument "
            f"{meant}:{symbol[:40]}"
        )


def _claims() -> dict[str, tuple[str, tuple[str, ...]]]:
    """Tardis's exchange → our venue and the markets that may be meant (empty: any).

    Raises:
        ConfigurationError: two venues claim one exchange.
    """
    found: dict[str, tuple[str, tuple[str, ...]]] = {}
    for venue in all_venues().values():
        for exchange, markets in venue.aliases.get(_VENDOR, {}).items():
            if exchange in found:
                raise ConfigurationError(
                    f"venues {found[exchange][0]} and {venue.name} both claim Tardis's exchange "
                    f"{exchange!a}: it can be in the aliases of one"
                )
            found[exchange] = (venue.name, markets)
    return {name: (name, ()) for name in _WITHOUT_VENUE} | found


def _completed(columns: Columns, table: pa.Table) -> Columns:
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
        "sequence": nothing(len(texts[0])),
    }


QUOTES_TABLE = TableLayout(
    name="tardis-quotes",
    dataset=QUOTES,
    columns={
        "ts_event": "timestamp",
        "ts_recv": "local_timestamp",
        "bid_price": "bid_price",
        "bid_quantity": "bid_amount",
        "ask_price": "ask_price",
        "ask_quantity": "ask_amount",
    },
    headerless=(),
    completed=_completed,
)
