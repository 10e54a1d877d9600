"""The archive in an object store: a whole export (encode, upload, read back, publish) beside local
Parquet writes.

The S3 server is moto, in a process of its own on loopback. The local write is the same file, same
encodings, with fsync and nothing else; the folder's export also reads back and publishes.
"""

from __future__ import annotations

import itertools
import os
import subprocess
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

import pyarrow as pa
from pydantic import SecretStr

from benchmarks.bench_archive import published, synthetic
from benchmarks.harness import arguments, measure, report, table
from marketdata_platform.archive.object_store import open_object_archive
from marketdata_platform.archive.parquet import write_rows
from marketdata_platform.core.datasets import TRADES
from marketdata_platform.settings import ArchiveSection
from marketdata_platform_tests.archive.days import BTC

SERVER = """
import sys, time
from marketdata_platform_tests.objects.s3_server import S3Server
server = S3Server()
print(server.bucket(), server.endpoint, flush=True)
sys.stdin.read()
"""


def local_write(trades: pa.Table) -> int:
    """The archive's file, written and fsynced in a local folder; not read back."""
    with tempfile.TemporaryDirectory() as folder, Path(folder, "part-0.parquet").open("wb") as file:
        write_rows(file, TRADES, iter(trades.to_batches()))
        file.flush()
        os.fsync(file.fileno())
        return file.tell()


def exporter(bucket: str, endpoint: str) -> Callable[[pa.Table], int]:
    """A whole `ObjectArchive.write`, each time under a prefix of its own."""
    numbers = itertools.count()
    keys = {"access_key_id": SecretStr("bench"), "secret_access_key": SecretStr("bench")}

    def export(trades: pa.Table) -> int:
        section = ArchiveSection(
            url=f"s3://{bucket}/run-{next(numbers)}", endpoint=endpoint, **keys
        )
        day = trades["ts_event"][0].as_py().date()
        archive = open_object_archive(section)
        return archive.write("trades", BTC, day, iter(trades.to_batches()), source_digest="").rows

    return export


def main() -> None:
    """Print the table."""
    options = arguments(__doc__ or "", trades=2_000_000, runs=3)
    trades = synthetic(options.trades)
    command = [sys.executable, "-c", SERVER]
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as server:
        assert server.stdin is not None and server.stdout is not None
        bucket, endpoint = server.stdout.readline().split()
        export = exporter(bucket, endpoint)
        contenders = {
            "local Parquet write, fsync": lambda: local_write(trades),
            "archive in a folder: also read back, published": lambda: published(trades),
            "archive in S3: uploaded, read back, published": lambda: export(trades),
        }
        timed = measure(contenders, options.runs)
        server.stdin.close()
    report([table("Archive: export to S3", timed, options.trades, "local Parquet write, fsync")])


if __name__ == "__main__":
    main()
