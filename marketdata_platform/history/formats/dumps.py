"""A venue's format of delimited trades: its layout for a file and an instrument.

Belongs here: choosing among the layouts that the venue declares, and what must agree with the
instrument. Does not: the layouts (venues), reading rows (csv).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Protocol

from marketdata_platform.core.errors import UnsupportedFormat
from marketdata_platform.core.instrument import Instrument
from marketdata_platform.history.csv.csv_rows import read_line
from marketdata_platform.history.formats.head import (
    Head,
    fields_of,
    not_in_format,
    refuse_other_symbol,
)
from marketdata_platform.venues.kit.file_formats import FileFormats, TradeDump
from marketdata_platform.venues.kit.layouts import Kind, Layout


class Delimited(Protocol):
    """A format of delimited trades. `venue` is empty where the files are of any venue."""

    @property
    def name(self) -> str:
        """As `--format` says."""
        ...

    @property
    def venue(self) -> str:
        """The venue whose files are in it."""
        ...

    def has_header(self, fields: Sequence[str]) -> bool:
        """True if files of the format may begin with these fields."""
        ...

    def lines_read(self, lines: Sequence[bytes]) -> int:
        """How many of the lines of a file without a header can be read."""
        ...

    def layout_for(self, head: Head, instrument: Instrument, name: str) -> Layout:
        """The layout of file `name`, which begins with `head`, for trades of `instrument`.

        Raises:
            UnsupportedFormat: it is not in the format, or of another market, exchange or symbol.
        """
        ...


@dataclass(frozen=True, slots=True)
class VenueDump:
    """`Delimited` as a venue declares it."""

    venue: str
    dump: TradeDump
    files: FileFormats  # all of the venue's

    @property
    def name(self) -> str:
        """As `--format` says."""
        return self.dump.name

    def has_header(self, fields: Sequence[str]) -> bool:
        """True if files of the format may begin with these fields."""
        return self.dump.layout_of(fields) is not None

    def lines_read(self, lines: Sequence[bytes]) -> int:
        """How many of the lines of a file without a header can be read."""
        return max((_read(lines, layout) for layout in self.dump.headerless), default=0)

    def layout_for(self, head: Head, instrument: Instrument, name: str) -> Layout:
        """The layout of file `name`, which begins with `head`, for trades of `instrument`.

        Raises:
            UnsupportedFormat: it is not in the format, or of another market or symbol.
        """
        layout = self._by_header(head.fields) or self._without_header(head, instrument)
        if layout is None:
            raise not_in_format(name, self.name, head)
        if instrument.venue == self.venue and not self._fits(layout, instrument.market):
            raise UnsupportedFormat(
                f"{name} has the layout of {layout.name}, which is not of market "
                f"{instrument.market!r}: name the instrument that it is of ({self._of_markets()})"
            )
        return _expecting(layout, head, instrument, name)

    def _by_header(self, fields: Sequence[str]) -> Layout | None:
        """A header says more than a format's name: aggregates stay what they are."""
        others = (dump for dump in self.files.dumps if dump is not self.dump)
        found = (dump.layout_of(fields) for dump in (self.dump, *others))
        return next((layout for layout in found if layout is not None), None)

    def _without_header(self, head: Head, instrument: Instrument) -> Layout | None:
        """The layout that reads most of the lines; by columns when none reads any, and by the
        market when there are no lines.
        """
        layouts = self.dump.headerless
        if not head.lines:
            fitting = (layout for layout in layouts if self._fits(layout, instrument.market))
            return next(iter((*fitting, *layouts)), None)
        most = self.lines_read(head.lines)
        if most:
            return next(layout for layout in layouts if _read(head.lines, layout) == most)
        columns = {len(fields_of(line)) for line in head.lines}
        return next((layout for layout in layouts if len(layout.kinds) in columns), None)

    def _fits(self, layout: Layout, market: str) -> bool:
        known = self.files.markets
        return market not in known or market in self._markets().get(layout.name, known)

    def _markets(self) -> dict[str, tuple[str, ...]]:
        """Markets by layout, of all the venue's dumps."""
        return {name: of for dump in self.files.dumps for name, of in dump.markets.items()}

    def _of_markets(self) -> str:
        """The markets that the venue's dumps are of, as an error lists them."""
        named = {market for markets in self._markets().values() for market in markets}
        *first, last = [market for market in self.files.markets if market in named]
        return f"{', '.join(first)} or {last}" if first else last


def _read(lines: Sequence[bytes], layout: Layout) -> int:
    return sum(isinstance(read_line(line, layout, 0), dict) for line in lines)


def _expecting(layout: Layout, head: Head, instrument: Instrument, name: str) -> Layout:
    """The layout, with the instrument's symbol in the columns that must hold it."""
    expected = dict(layout.expected or {})
    columns = [
        column
        for column, kind in enumerate(layout.kinds)
        if kind is Kind.EXPECTED and layout.names[column] not in expected
    ]
    if not columns:
        return layout
    row = head.first_row(len(layout.names))
    for column in columns:
        if row is not None:
            refuse_other_symbol(name, row[column], instrument)
        expected[layout.names[column]] = instrument.symbol
    return replace(layout, expected=expected)
