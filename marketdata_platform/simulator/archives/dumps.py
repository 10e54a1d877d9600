"""The simulated exchange's public dumps: a day of trades as `SYMBOL-trades-DAY.zip` with its
CHECKSUM file.

Belongs here: the exchange's file names and csv dialects. Does not: what goes wrong in files
(faults.py), nor reading them (that is history/, which must not learn from its own writer).

Dialects, as the exchange publishes them: spot has no header, eight decimals, `True`/`False` and a
last column `is_best_match`; USD-M futures have a header, numbers as short as the grid allows,
`true`/`false`. The csv bytes of a day are the same on any machine; the zip's are wherever the same
zlib compresses.
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

_HEADERS = {
    "trades": "id,price,qty,quote_qty,time,is_buyer_maker",
    "aggTrades": "agg_trade_id,price,quantity,first_trade_id,last_trade_id,"
    "transact_time,is_buyer_maker",
}
_SPOT_MICROSECONDS_SINCE = date(2025, 1, 1)
_ZIP_TIME = (1980, 1, 1, 0, 0, 0)


@dataclass(frozen=True, slots=True)
class Dump:
    """A written dump: the zip, its CHECKSUM file, and the truth about what is and is not in it."""

    path: Path
    checksum_path: Path
    truth: Truth


def dump_name(instrument: Instrument, day: date, kind: str = "trades") -> str:
    """File name of a dump: `BTCUSDT-trades-2024-07-18.zip`; `kind` is `trades` or `aggTrades`."""
    return f"{instrument.path_symbol}-{kind}-{day.isoformat()}.zip"


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
    if instrument.market not in ("spot", "futures"):
        raise UnsupportedFormat(
            "the simulated exchange publishes dumps of spot and futures markets, not of "
            f"{instrument}"
        )
    kind = _kind(trades)
    rows, truth = damage_rows(trades, faults)
    csv = _csv(rows, instrument, day, kind)
    csv, truth = damage_text(
        csv, truth, faults, header_lines=0 if instrument.market == "spot" else 1
    )
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
    numbered = trades.with_columns(is_new.fill_null(True).cast(pl.Int64).cum_sum().alias("group"))
    merged = numbered.group_by("group", maintain_order=True).agg(
        pl.col("ts_event", "ts_recv", "price", "side", "condition").first(),
        pl.col("quantity").sum().cast(trades.schema["quantity"]),
        pl.col("sequence").first().alias("first_trade_id"),
        pl.col("sequence").last().alias("last_trade_id"),
    )
    ids = pl.col("group") + (first_id - 1)
    return merged.with_columns(ids.alias("sequence"), ids.cast(pl.String).alias("trade_id")).select(
        trades.columns
    )


def _kind(trades: pl.DataFrame) -> str:
    aggregates = trades.height - trades["first_trade_id"].null_count()
    if aggregates not in (0, trades.height):
        raise InvalidInput(
            f"{aggregates} of {trades.height} trades are aggregates: a dump holds one sort only"
        )
    return "aggTrades" if aggregates else "trades"


def _csv(trades: pl.DataFrame, instrument: Instrument, day: date, kind: str) -> bytes:
    spot = instrument.market == "spot"
    exact = pl.col("price").cast(pl.Decimal(38, 8)) * pl.col("quantity").cast(pl.Decimal(38, 8))
    trades = trades.with_columns(exact.cast(pl.Decimal(38, 8)).alias("quote"))
    numbers = ("price", "quantity", "quote")
    price, quantity, quote = (pl.col(name) if spot else _shortest(trades, name) for name in numbers)
    micros = pl.col("ts_event").cast(pl.Int64)
    time = micros if spot and day >= _SPOT_MICROSECONDS_SINCE else micros // 1_000
    maker_buys = pl.col("side") == "sell"
    yes, no = ("True", "False") if spot else ("true", "false")
    maker = pl.when(maker_buys).then(pl.lit(yes)).otherwise(pl.lit(no))
    columns = [pl.col("sequence").alias("id"), price, quantity.alias("qty")]
    if kind == "aggTrades":
        columns += [pl.col("first_trade_id"), pl.col("last_trade_id")]
    else:
        columns += [quote]
    columns += [time.alias("time"), maker.alias("maker")]
    if spot:
        columns += [pl.lit("True").alias("best")]
    target = io.BytesIO()
    if not spot:
        target.write(_HEADERS[kind].encode() + b"\n")
    trades.select(columns).write_csv(target, include_header=False)
    return target.getvalue()


def _shortest(trades: pl.DataFrame, column: str) -> pl.Expr:
    """The column with as many decimals as its values need."""
    unscaled = trades[column].to_physical().cast(pl.Int64)
    decimals = 8
    while decimals and (unscaled % 10 ** (9 - decimals) == 0).all():
        decimals -= 1
    return pl.col(column).cast(pl.Decimal(38, decimals))


def _zip(content: bytes, member: str) -> bytes:
    target = io.BytesIO()
    entry = zipfile.ZipInfo(member, _ZIP_TIME)
    entry.compress_type = zipfile.ZIP_DEFLATED
    entry.create_system = 3
    entry.external_attr = 0o644 << 16
    with zipfile.ZipFile(target, "w") as archive:
        archive.writestr(entry, content, compresslevel=6)
    return target.getvalue()
