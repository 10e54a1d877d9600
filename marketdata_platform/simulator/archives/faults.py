"""What can be wrong with a published file, on demand, and the truth about it.

Belongs here: damage to rows, text and bytes, decided by a seed. Does not: the undamaged format
(dumps.py).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
import polars as pl

from marketdata_platform.core.errors import InvalidInput


@dataclass(frozen=True, slots=True)
class Faults:
    """Faults to put into a dump; the default is none.

    `duplicates`: rows that come a second time. `missing_ids` and `gaps` (first and last id, both
    included): trades left out. `shuffled`: rows in random order. `corrupt_rows`: rows made
    unreadable. `truncated`: the csv ends in the middle of a row, three fifths through.
    `cut_download`: the zip's bytes end early. `bad_checksum`: the CHECKSUM file is wrong.
    """

    duplicates: int = 0
    missing_ids: Sequence[int] = ()
    gaps: Sequence[tuple[int, int]] = ()
    shuffled: bool = False
    corrupt_rows: int = 0
    truncated: bool = False
    cut_download: bool = False
    bad_checksum: bool = False
    seed: int = 0


NO_FAULTS = Faults()


@dataclass(frozen=True, slots=True)
class Truth:
    """What an importer can and cannot find in a dump.

    `rows`: lines of data, whole or not. `recoverable`: ids of trades with at least one whole line,
    ascending. `lost`: ids of the day's trades without one. `duplicates`: whole lines beyond the
    first of their id. `bad_lines`: numbers, from 1, of the csv lines that cannot be read.
    """

    rows: int
    recoverable: pl.Series = field(compare=False)
    lost: tuple[int, ...]
    duplicates: int
    bad_lines: tuple[int, ...] = ()
    checksum_ok: bool = True
    readable: bool = True  # False: the zip itself is broken

    def expected(self, trades: pl.DataFrame) -> pl.DataFrame:
        """Those of `trades` that an importer must end up with, each once, in order."""
        return trades.filter(pl.col("sequence").is_in(self.recoverable.implode()))


def damage_rows(trades: pl.DataFrame, faults: Faults) -> tuple[pl.DataFrame, Truth]:
    """The rows that the file will hold, in its order, and the truth about them so far."""
    left_out = pl.col("sequence").is_in(list(faults.missing_ids))
    for first, last in faults.gaps:
        left_out = left_out | pl.col("sequence").is_between(first, last)
    kept = trades.filter(~left_out)
    if faults.duplicates + faults.corrupt_rows > kept.height:
        raise InvalidInput(
            f"{faults.duplicates} duplicates and {faults.corrupt_rows} corrupt rows of "
            f"{kept.height} rows"
        )
    random = np.random.Generator(np.random.PCG64([faults.seed, 1]))
    order = np.arange(kept.height)
    if faults.duplicates:
        again = random.permutation(kept.height)[: faults.duplicates]
        order = np.sort(np.concatenate((order, again)))
    if faults.shuffled:
        order = random.permutation(order)
    rows = kept if faults == NO_FAULTS else kept[order]
    return rows, _truth(trades["sequence"], rows["sequence"], ())


def damage_text(
    csv: bytes, truth: Truth, faults: Faults, *, header_lines: int
) -> tuple[bytes, Truth]:
    """The csv with unreadable rows and a torn end, if asked for."""
    if not faults.corrupt_rows and not faults.truncated:
        return csv, truth
    lines = csv.split(b"\n")[:-1]
    ids = pl.Series(
        "sequence", [int(line.split(b",", 1)[0]) for line in lines[header_lines:]], dtype=pl.Int64
    )
    random = np.random.Generator(np.random.PCG64([faults.seed, 2]))
    bad = sorted(random.permutation(len(ids))[: faults.corrupt_rows].tolist())
    for number, row in enumerate(bad):
        lines[header_lines + row] = _spoiled(lines[header_lines + row], number)
    if faults.truncated:
        keep = len(ids) * 3 // 5
        bad = [row for row in bad if row < keep] + [keep]
        ids = ids[: keep + 1]
        torn = lines[header_lines + keep]
        lines = [*lines[: header_lines + keep], torn[: len(torn) // 2]]
    text = b"\n".join(lines) + (b"" if faults.truncated else b"\n")
    everything = pl.concat(
        [truth.recoverable, pl.Series("sequence", truth.lost, dtype=pl.Int64)]
    ).sort()
    return text, _truth(everything, ids, bad, header_lines)


def damage_file(
    content: bytes, digest: str, truth: Truth, faults: Faults
) -> tuple[bytes, str, Truth]:
    """The zip's bytes and the hexadecimal digest for its CHECKSUM file, spoiled if asked for."""
    if faults.bad_checksum:
        digest = digest[::-1] if digest != digest[::-1] else "0" * 64
    if faults.cut_download:
        content = content[: len(content) * 3 // 5]
    checksum_ok = not (faults.bad_checksum or faults.cut_download)
    if checksum_ok:
        return content, digest, truth
    changed = Truth(
        truth.rows,
        truth.recoverable,
        truth.lost,
        truth.duplicates,
        truth.bad_lines,
        False,
        not faults.cut_download,
    )
    return content, digest, changed


def _spoiled(line: bytes, number: int) -> bytes:
    """One of the ways in which rows were seen broken: a word for a number, too few columns, no
    price, noise.
    """
    columns = line.split(b",")
    match number % 4:
        case 0:
            columns[1] = b"price"
        case 1:
            columns = columns[:2]
        case 2:
            columns[1] = b""
        case _:
            return b"\xff\xfe" + b"".join(columns)
    return b",".join(columns)


def _truth(every: pl.Series, rows: pl.Series, bad: Sequence[int], header_lines: int = 0) -> Truth:
    """`every`: ids of the day; `rows`: ids of the file's lines; `bad`: positions in `rows` that
    cannot be read.
    """
    whole = np.ones(len(rows), dtype=bool)
    whole[list(bad)] = False
    readable = rows.filter(pl.Series(whole))
    recoverable = readable.unique().sort()
    lost = every.filter(~every.is_in(recoverable.implode()))
    return Truth(
        rows=len(rows),
        recoverable=recoverable,
        lost=tuple(lost.to_list()),
        duplicates=len(readable) - len(recoverable),
        bad_lines=tuple(header_lines + row + 1 for row in bad),
    )
