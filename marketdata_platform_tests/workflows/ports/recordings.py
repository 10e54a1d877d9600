"""Recordings of numbered things behind each `Source`, for the suite that all of them share."""

from __future__ import annotations

from collections.abc import Iterable

from marketdata_platform.journal import JournalOptions, JournalWriter
from marketdata_platform.journal.reading.remote import RemoteJournalSource
from marketdata_platform.journal.reading.source import JournalSource
from marketdata_platform.journal.shipping import ship
from marketdata_platform.stores.postgres_server.gatherer_database import DatabaseSource, prepare
from marketdata_platform.workflows.ports import FrameBatch, RowBatch
from marketdata_platform_tests.objects.s3_server import s3_server
from marketdata_platform_tests.stores.contract import BTC, many

NAME = "tokyo"
_QUICK = JournalOptions(commit_seconds=0.005, segment_bytes=2**16)
_FRAME_BYTES = 200  # about what a row of a database is taken to weigh
_ROWS_TOGETHER = 50  # of one transaction


class FolderRecording:
    """A gatherer's journal."""

    def __init__(self, folder) -> None:
        self.folder = folder / NAME

    def record(self, first: int, end: int) -> None:
        with JournalWriter(self.folder, NAME, _QUICK) as writer:
            for number in range(first, end):
                writer.append("s", b"%d" % number + b" " * _FRAME_BYTES, number, number)

    def source(self) -> JournalSource:
        return JournalSource(self.folder, NAME)


class ShippedRecording(FolderRecording):
    """A journal whose sealed segments are in an object store."""

    def __init__(self, folder) -> None:
        super().__init__(folder)
        self._url = f"s3://{s3_server().bucket()}/journals/{NAME}"
        self._options = s3_server().section(self._url)

    def record(self, first: int, end: int) -> None:
        super().record(first, end)
        ship(self.folder, self._url, self._options)

    def source(self) -> RemoteJournalSource:
        return RemoteJournalSource(self._url, NAME, self._options)


class DatabaseRecording:
    """A gatherer's own database."""

    def __init__(self, databases, url: str) -> None:
        self._url = url
        self._store = databases.open(url)
        self._store.instruments()
        prepare(url)

    def record(self, first: int, end: int) -> None:
        for start in range(first, end, _ROWS_TOGETHER):
            self._store.append("trades", BTC, many(start, min(start + _ROWS_TOGETHER, end)))

    def source(self) -> DatabaseSource:
        return DatabaseSource(self._url, NAME)

    def close(self) -> None:
        self._store.close()


def numbers(steps: Iterable[object]) -> list[int]:
    """What was recorded, in the order in which it was given."""
    found: list[int] = []
    for step in steps:
        if isinstance(step, FrameBatch):
            found += [int(frame) for frame in step.frames]
        elif isinstance(step, RowBatch):
            found += step.rows["sequence"].to_pylist()
        else:
            raise AssertionError(f"nothing is damaged here: {step}")
    return found
