"""How a venue's files are described: its dumps of trades, its captures of frames, its tables.

Belongs here: the vocabulary of a venue's `files.py`, whose object `FILES` is a `FileFormats`. Does
not: a venue's own columns and lines (its folder), reading files (history). Nothing has a default.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple, TypeAlias

from marketdata_platform.venues.kit.exact import us_from_epoch_count, whole_from_text
from marketdata_platform.venues.kit.layouts import Layout
from marketdata_platform.venues.kit.tables import TableLayout


@dataclass(frozen=True, slots=True, kw_only=True)
class TradeDump:
    """A format of delimited files of trades.

    Args:
        name: what `--format` says, e.g. `venue-trades`; no other format may have it.
        file_name: what matches the name of such a file from its start. Its groups `year`, `month`
            and `day` are the UTC day, or the month where `day` is empty, that the file records
            without a hole; `symbol`, where there is such a group, is the symbol of all its rows.
        layout_of: the layout of a file with these fields in its first line; None when they are no
            header of this format. Columns of kind EXPECTED for which the layout expects no text
            hold the symbol.
        headerless: the layouts that files without a header may have; empty: every file has one.
        markets: name of a layout → the markets that such files are of; a layout that is not named
            fits all.
    """

    name: str
    file_name: re.Pattern[str]
    layout_of: Callable[[Sequence[str]], Layout | None]
    headerless: tuple[Layout, ...]
    markets: Mapping[str, tuple[str, ...]]


class CapturedTrade(NamedTuple):
    """A trade in a capture. `number` is its id, `time` a count since 1970 in ms, µs or ns; prices
    and quantities are text as in the frame; `sold`: the taker sold.
    """

    symbol: str
    number: int
    price: str
    quantity: str
    time: int
    sold: bool
    condition: str | None


class CapturedFrame(NamedTuple):
    """A frame of a capture that is no trade.

    `name` is what it is counted as, `symbol` None where the frame says none: then it is the
    capture's. `kept`: it becomes rows of other datasets. `route` is the REST route of an answer
    that was written among the frames; None: a frame of a stream.
    """

    name: str
    symbol: str | None
    kept: bool
    route: str | None


Sorted: TypeAlias = CapturedTrade | CapturedFrame


@dataclass(frozen=True, slots=True, kw_only=True)
class Capture:
    """A format of captures: one frame per line, with its receive time.

    Args:
        name: as of `TradeDump`.
        begins: what one of the first three lines matches from its start.
        cut: a line's receive time, µs since 1970, and its frame; raises `MalformedFrame` or
            `DoesNotFit` with the reason.
        sort: what a frame is (raises likewise): trades are read exactly, others go to the venue's
            decoder. None: the decoder reads all frames, and says what they are counted as.
    """

    name: str
    begins: re.Pattern[bytes]
    cut: Callable[[bytes], tuple[int, bytes]]
    sort: Callable[[bytes], Sorted] | None


@dataclass(frozen=True, slots=True, kw_only=True)
class FileFormats:
    """All that is to be known of a venue's files.

    Args:
        dumps: its formats of trades.
        captures: its formats of captured frames.
        tables: its files of other records.
        markets: the names of its markets. A market with another name is a user's own: any layout
            fits it.
        market_names: other names of its markets, as dump folders and other tools have them → ours.
        others: how headers begin that are the venue's but cannot be imported → what they hold.
    """

    dumps: tuple[TradeDump, ...]
    captures: tuple[Capture, ...]
    tables: tuple[TableLayout, ...]
    markets: tuple[str, ...]
    market_names: Mapping[str, str]
    others: Mapping[tuple[str, ...], str]


def cut_at_space(line: bytes) -> tuple[int, bytes]:
    """The receive time, µs since 1970, and the frame of a line `<receive time> <frame>`, as
    recorders write it. The time is in ms, µs or ns since 1970, recognised by size, and cut to µs.

    Raises:
        DoesNotFit: the line does not begin with such a time.
    """
    received, _, frame = line.partition(b" ")
    count = whole_from_text("receive time", received.decode("ascii", "replace"))
    return us_from_epoch_count("receive time", count), frame
