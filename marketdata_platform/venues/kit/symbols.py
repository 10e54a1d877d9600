"""The symbols of many rows, told apart once.

Belongs here: the column of symbols and its parts. Does not: which instrument a symbol is (venues).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pyarrow as pa

Int64s = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Symbols:
    """The symbol of each row: `names[codes[i]]`. Made once for all rows of the same messages."""

    names: Sequence[str]
    codes: npt.NDArray[np.int32]

    @classmethod
    def of(cls, symbols: Sequence[str]) -> Symbols:
        """Tell the different ones apart."""
        encoded = pa.array(symbols).dictionary_encode()
        return cls(encoded.dictionary.to_pylist(), encoded.indices.to_numpy())

    def __len__(self) -> int:
        return len(self.codes)

    def take(self, rows: Int64s) -> Symbols:
        """The symbols of these rows."""
        return Symbols(self.names, self.codes[rows])

    def rows(self) -> Iterable[tuple[str, Int64s]]:
        """The rows of each symbol, in the order in which the symbols first come."""
        if len(self.names) == 1:
            return [(self.names[0], np.arange(len(self.codes)))]
        order = np.argsort(self.codes, kind="stable")
        bounds = np.searchsorted(self.codes[order], np.arange(len(self.names) + 1))
        parts = [
            (name, order[bounds[code] : bounds[code + 1]]) for code, name in enumerate(self.names)
        ]
        return sorted((part for part in parts if len(part[1])), key=lambda part: int(part[1][0]))
