"""The places that an archive can be in, as the contract suite sees them: a folder, and a bucket."""

from pathlib import Path
from typing import Any, Protocol

import polars as pl

from marketdata_platform.archive.folder import FolderArchive
from marketdata_platform.core.datasets import TRADES
from marketdata_platform_tests.archive.days import BTC, DAY
from marketdata_platform_tests.objects.s3_server import KEY, SECRET, s3_server

PLACE = ("trades", BTC, DAY)
DAY_FOLDER = "raw/trades/venue=binance/market=futures/symbol=BTCUSDT/date=2024-07-19"
HOUR_FOLDER = f"hours/{DAY_FOLDER}/hour=12"


class Place(Protocol):
    """Where an archive's files are, and a way to them that goes around the archive."""

    def open(self) -> Any: ...
    def names(self, folder: str = DAY_FOLDER) -> list[str]: ...
    def get(self, path: str) -> bytes: ...
    def put(self, path: str, data: bytes) -> None: ...
    def remove(self, path: str) -> None: ...
    def glob(self) -> pl.DataFrame: ...


class FolderPlace:
    def __init__(self, root: Path) -> None:
        self.root = root

    def open(self) -> FolderArchive:
        return FolderArchive(self.root)

    def names(self, folder: str = DAY_FOLDER) -> list[str]:
        path = self.root / "archive" / folder
        return sorted(p.name for p in path.iterdir()) if path.exists() else []

    def get(self, path: str) -> bytes:
        return (self.root / "archive" / path).read_bytes()

    def put(self, path: str, data: bytes) -> None:
        target = self.root / "archive" / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(data)

    def remove(self, path: str) -> None:
        (self.root / "archive" / path).unlink()

    def glob(self) -> pl.DataFrame:
        """What a reader that globs sees; no file is no rows."""
        files = sorted((self.root / "archive/raw/trades").rglob("*.parquet"))
        return pl.read_parquet(files) if files else pl.DataFrame(schema=TRADES.arrow_schema.names)


class ObjectPlace:
    def __init__(self) -> None:
        self.server = s3_server()
        self.bucket = self.server.bucket()
        self.url = f"s3://{self.bucket}/firm/archive"

    def open(self, **changed: Any) -> Any:
        return self.server.archive(url=self.url, **changed)

    def _key(self, path: str) -> str:
        return f"firm/archive/{path}"

    def names(self, folder: str = DAY_FOLDER) -> list[str]:
        prefix = self._key(folder) + "/"
        return sorted(
            k.removeprefix(prefix) for k in self.server.keys(self.bucket) if k.startswith(prefix)
        )

    def get(self, path: str) -> bytes:
        return self.server.client.get_object(Bucket=self.bucket, Key=self._key(path))["Body"].read()

    def put(self, path: str, data: bytes, **options: str) -> None:
        self.server.client.put_object(Bucket=self.bucket, Key=self._key(path), Body=data, **options)

    def remove(self, path: str) -> None:
        self.server.client.delete_object(Bucket=self.bucket, Key=self._key(path))

    def glob(self) -> pl.DataFrame:
        """What a reader that globs sees; no object is no rows."""
        days = [
            key for key in self.server.keys(self.bucket) if key.startswith(self._key("raw/trades/"))
        ]
        if not any(key.endswith(".parquet") for key in days):
            return pl.DataFrame(schema=TRADES.arrow_schema.names)
        options = {
            "aws_endpoint_url": self.server.endpoint,
            "aws_access_key_id": KEY,
            "aws_secret_access_key": SECRET,
            "aws_region": "us-east-1",
            "aws_allow_http": "true",
        }
        return pl.read_parquet(f"{self.url}/raw/trades/**/*.parquet", storage_options=options)
