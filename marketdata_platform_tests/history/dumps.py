"""Dumps as the exchanges write them, made for tests: rows to text to files."""

from __future__ import annotations

import gzip
import hashlib
import zipfile
from pathlib import Path

import zstandard

USDM_HEADER = "id,price,qty,quote_qty,time,is_buyer_maker"
AGG_HEADER = "agg_trade_id,price,quantity,first_trade_id,last_trade_id,transact_time,is_buyer_maker"
BYBIT_HEADER = (
    "timestamp,symbol,side,size,price,tickDirection,trdMatchID,grossValue,homeNotional,"
    "foreignNotional"
)
TARDIS_HEADER = "exchange,symbol,timestamp,local_timestamp,id,side,price,amount"
DAY_MS = 1_721_260_800_000  # 2024-07-18


def usdm_row(
    number: int, price: str = "64943.90", quantity: str = "0.069", maker: str = "true"
) -> str:
    """Trade `number`, `number` ms into 2024-07-18."""
    return f"{number},{price},{quantity},4481.1291,{DAY_MS + number},{maker}"


def usdm(count: int, start: int = 1) -> str:
    """`count` header-less USD-M rows."""
    return "".join(usdm_row(n) + "\n" for n in range(start, start + count))


def bybit_row(
    stamp: str, number: int, symbol: str = "BTCUSD", side: str = "Buy", size: str = "3"
) -> str:
    """A row of a Bybit dump."""
    return (
        f"{stamp},{symbol},{side},{size},8391.0,PlusTick,8a939318-0000-0000-0000-{number:012d},"
        "3.0,3,0.1"
    )


def write(path: Path, text: str | bytes) -> Path:
    """Write `text` as the suffix of `path` says: plain, .gz, .zst or .zip with one csv."""
    data = text if isinstance(text, bytes) else text.encode()
    if path.suffix == ".gz":
        path.write_bytes(gzip.compress(data))
    elif path.suffix == ".zst":
        path.write_bytes(zstandard.compress(data))
    elif path.suffix == ".zip":
        with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
            archive.writestr(path.with_suffix(".csv").name, data)
    else:
        path.write_bytes(data)
    return path


def with_checksum(path: Path, digest: str | None = None) -> Path:
    """Put `<file>.CHECKSUM` beside `path`, right unless `digest` is given."""
    right = hashlib.sha256(path.read_bytes()).hexdigest()
    path.with_name(path.name + ".CHECKSUM").write_text(f"{digest or right}  {path.name}\n")
    return path
