"""The first lines of a text file, by which its format is recognised.

Belongs here: lines and fields. Does not: formats.
"""

from __future__ import annotations

import csv
from dataclasses import dataclass

from marketdata_platform.core.errors import UnsupportedFormat
from marketdata_platform.core.instrument import Instrument, shown

_LOOK_AT_LINES = 50


@dataclass(frozen=True, slots=True)
class Head:
    """The first lines that are not blank, and the fields of the first one."""

    lines: list[bytes]
    fields: list[str]

    @classmethod
    def of(cls, data: bytes) -> Head:
        """The head of a file that begins with `data`, some whole lines."""
        stripped = (line.strip() for line in data.split(b"\n", _LOOK_AT_LINES)[:_LOOK_AT_LINES])
        lines = [line for line in stripped if line]
        return cls(lines, fields_of(lines[0]) if lines else [])

    @property
    def first(self) -> str:
        """The first line as an error shows it."""
        return shown(self.lines[0].decode("utf-8", "replace")) if self.lines else "missing"

    def first_row(self, columns: int) -> list[str] | None:
        """The first row after the header with so many fields; None when there is none."""
        rows = (fields_of(line) for line in self.lines[1:])
        return next((row for row in rows if len(row) == columns), None)


def fields_of(line: bytes) -> list[str]:
    """The fields of one line, without spaces around them; none where its quotes are not closed."""
    try:
        return [field.strip() for field in next(csv.reader([line.decode("utf-8", "replace")]), [])]
    except csv.Error:
        return []


def not_in_format(name: str, format_: str, head: Head) -> UnsupportedFormat:
    """The error for file `name`, whose first lines are not of the format."""
    return UnsupportedFormat(f"{name} is not in format {format_}: its first line is {head.first}")


def refuse_other_symbol(name: str, symbol: str, instrument: Instrument) -> None:
    """Check the symbol of file `name`'s rows.

    Raises:
        UnsupportedFormat: it is not the instrument's.
    """
    if symbol != instrument.symbol:
        raise UnsupportedFormat(
            f"{name} is of symbol {shown(symbol)}, not {shown(instrument.symbol)}: name the "
            "instrument it is of"
        )
