"""The simulated exchange's public dumps: a day of trades as a zip with its CHECKSUM file.

Belongs here: making the files. Does not: names and csv of one venue (its object's `dumps`), what
goes wrong in files (faults.py), nor reading them (that is history/, which must not learn from its
own writer).

The csv bytes of a day are the same on any machine; the zip's are wherever the same zlib compresses.
"""

from __future__ import annotations

import hashlib
import io
import zipfile
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import polars as pl

from marketdata_platform.core.errors import InvalidInput, UnsupportedFormat
from marketdata_platform.core.instrument import Instrument
from marketdata_platform.simulator.archives.faults import (
    NO_FAULTS,
    Faults,
    Truth,
    damage_file,
    damage_rows,
    damage_text,
)
from marketdata_platform.simulator.venues import all_simulated_venues
from marketdata_platform.simulator.venues.simulated_venue import Dumps

_ZIP_TIME = (1980, 1, 1, 0, 0, 0)


@dataclass(frozen=True, slots=True)
class Dump:
    """A written dump: the zip, its CHECKSUM file, and the truth about what is and is not in it."""

    path: Path
    checksum_path: Path
    truth: Truth


def dump_name(instrument: Instrument, day: date, kind: str = "trades") -> str:
    """File name of a dump, as its venue calls it; `kind` is `trades` or `aggTrades`.

    Raises:
        UnsupportedFormat: when the exchange has no dumps of the instrument's market.
    """
    return _dumps_of(instrument).name(instrument, day, kind) + ".zip"


def write_dump(
    trades: pl.DataFrame,
    instrument: Instrument,
    day: date,
    folder: Path,
    *,
    faults: Faults = NO_FAULTS,
) -> Dump:
    """Write one day of `trades` (schema `trades`) to `folder` as the exchange would publish it.

    Trades from `aggregate_trades` become an `aggTrades` dump, others a `trades` dump. `faults` are
    applied on top.

    Raises:
        UnsupportedFormat: when the exchange has no dumps for the instrument's market.
        InvalidInput: when single and aggregate trades are mixed.
    """
    dumps = _dumps_of(instrument)
    kind = _kind(trades)
    rows, truth = damage_rows(trades, faults)
    csv = dumps.csv(rows, instrument, day, kind)
    csv, truth = damage_text(csv, truth, faults, header_lines=dumps.header_lines(instrument))
    name = dump_name(instrument, day, kind)
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / name
    content = _zip(csv, name.removesuffix(".zip") + ".csv")
    digest = hashlib.sha256(content).hexdigest()
    content, digest, truth = damage_file(content, digest, truth, faults)
    path.write_bytes(content)
    checksum_path = folder / f"{name}.CHECKSUM"
    checksum_path.write_text(f"{digest}  {name}\n", encoding="utf-8")
    return Dump(path, checksum_path, truth)


def aggregate_trades(trades: pl.DataFrame, first_id: int = 1) -> pl.DataFrame:
    """Aggregate trades: neighbours of one time, price and side merged; ids from `first_id`, schema
    `trades`.

    For following days give the last id + 1, so that aggregate ids are contiguous as the exchange's
    are.
    """
    is_new = pl.any_horizontal(
        pl.col(name) != pl.col(name).shift() for name in ("ts_event", "price", "side")
    )
    numbered = trades.with_columns(group=is_new.fill_null(True).cast(pl.Int64).cum_sum())
    merged = numbered.group_by("group", maintain_order=True).agg(
        pl.col("ts_event", "ts_recv", "price", "side", "condition").first(),
        pl.col("quantity").sum().cast(trades.schema["quantity"]),
        pl.col("sequence").first().alias("first_trade_id"),
        pl.col("sequence").last().alias("last_trade_id"),
    )
    ids = pl.col("group") + (first_id - 1)
    merged = merged.with_columns(sequence=ids, trade_id=ids.cast(pl.String))
    return merged.select(trades.columns)


def _dumps_of(instrument: Instrument) -> Dumps:
    venue = all_simulated_venues().get(instrument.venue)
    dumps = venue.dumps if venue is not None else None
    if dumps is None or instrument.market not in dumps.markets:
        known = ", ".join(
            f"{name}:{market}"
            for name, venue in all_simulated_venues().items()
            if venue.dumps is not None
            for market in venue.dumps.markets
        )
        raise UnsupportedFormat(
            f"the simulated exchange publishes no dumps of {instrument}, only of {known}"
        )
    return dumps


def _kind(trades: pl.DataFrame) -> str:
    aggregates = trades.height - trades["first_trade_id"].null_count()
    if aggregates not in (0, trades.height):
        raise InvalidInput(
            f"{aggregates} of {trades.height} trades are aggregates: a dump holds one sort only"
        )
    return "aggTrades" if aggregates else "trades"


def _zip(content: bytes, member: str) -> bytes:
    target = io.BytesIO()
    entry = zipfile.ZipInfo(member, _ZIP_TIME)
    entry.compress_type = zipfile.ZIP_DEFLATED
    entry.create_system = 3
    entry.external_attr = 0o644 << 16
    with zipfile.ZipFile(target, "w") as archive:
        archive.writestr(entry, content, compresslevel=6)
    return target.getvalue()
