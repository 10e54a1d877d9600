"""One prefix of a bucket: bytes in, bytes out, conditionally; bounded memory, retries, timeouts.

Belongs here: what archive and shipped journals need of an object store. Does not: what the objects
are.
"""

from __future__ import annotations

import hashlib
import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property, partial
from typing import Any, BinaryIO, TypeVar

import obstore
from obstore.exceptions import AlreadyExistsError, PreconditionError
from obstore.store import S3Store

from marketdata_platform.core.errors import ArchiveUnavailable
from marketdata_platform.objects.address import ObjectOptions, aws_session, parse_address
from marketdata_platform.objects.connection import s3_client, s3_store
from marketdata_platform.objects.failures import client_errors, object_errors
from marketdata_platform.objects.tally import Tally

_Result = TypeVar("_Result")
CONCURRENT_PARTS = 4
"""Parts under way at a time, up and down: memory is this many times `part_bytes`, and a little
more.
"""
_COLD = ("GLACIER", "DEEP_ARCHIVE")
_COPY_LIMIT_BYTES = 5 * 2**30  # S3 copies no more in one request


@dataclass(frozen=True, slots=True)
class Entry:
    """One object of a listing; `key` is below the bucket's prefix."""

    key: str
    bytes: int
    modified: datetime


@dataclass(frozen=True, slots=True)
class Moved:
    """What went over the wire."""

    bytes: int
    sha256: str


class Bucket:
    """The objects below `s3://bucket/prefix`. Nothing is connected before the first request.

    Every method raises ConfigurationError (no bucket, no permission, wrong key), ArchiveFrozen
    (cold storage) or ArchiveUnavailable (no answer, after the retries).
    """

    def __init__(self, url: str, options: ObjectOptions) -> None:
        self.address = parse_address(url)
        self.options = options

    def place(self, key: str) -> str:
        """The object's address, for messages."""
        return f"{self.address}/{key}"

    def get(self, key: str) -> tuple[bytes, str] | None:
        """A small object and its ETag; None when it is not there."""

        def once() -> tuple[bytes, str]:
            found = obstore.get(self._store, key)
            return bytes(found.bytes()), found.meta["e_tag"] or ""

        try:
            return self._tried(key, "read", once)
        except FileNotFoundError:
            return None

    def put(self, key: str, data: bytes) -> None:
        """Write a small object, whatever is there."""
        with object_errors(self.place(key), "write"):
            obstore.put(self._store, key, data, use_multipart=False)

    def put_if(self, key: str, data: bytes, etag: str | None) -> bool:
        """Write a small object only where it is still the one with `etag` (None: where there is
        none yet).

        False when it is another one; an answer that was lost on the way is found out by reading.
        """
        if not self._put_if(key, data, etag):
            # A first try may have been written though its answer was an error: then the object is
            # ours.
            found = self.get(key)
            return found is not None and found[0] == data
        return True

    def upload(self, key: str, chunks: Iterable[bytes]) -> Moved:
        """Write an object from chunks as they come, in parts; nothing is there before the last byte
        is.

        What `chunks` raises passes through, and the unfinished upload is aborted.
        """
        tally = Tally(chunks, self.options.part_bytes)
        try:
            with object_errors(self.place(key), "write"):
                first = tally.first()
                if first is not None:
                    obstore.put(self._store, key, first, use_multipart=False)
                else:
                    size = self.options.part_bytes
                    obstore.put(
                        self._store,
                        key,
                        iter(tally),
                        chunk_size=size,
                        max_concurrency=CONCURRENT_PARTS,
                    )
        except BaseException:
            # Whatever the library makes of it, the chunks' own error is the reason.
            if tally.failed is not None:
                raise tally.failed from None
            raise
        return Moved(tally.bytes, tally.sha256.hexdigest())

    def download(self, key: str, size: int, target: BinaryIO) -> Moved | None:
        """Read the first `size` bytes of an object into `target`, several parts at a time; None
        when it is not there.

        `Moved.bytes` is less than `size` where the object is shorter.
        """
        sha256 = hashlib.sha256()
        done = 0
        step = self.options.part_bytes
        while done < size:
            starts = list(range(done, min(done + step * CONCURRENT_PARTS, size), step))
            lengths = [min(step, size - start) for start in starts]
            try:
                parts = self._tried(key, "read", partial(self._ranges, key, starts, lengths))
            except FileNotFoundError:
                return None
            for part in parts:
                view = memoryview(part)
                sha256.update(view)
                target.write(view)
                done += view.nbytes
            if sum(len(part) for part in parts) < sum(lengths):
                break
        return Moved(done, sha256.hexdigest())

    def size_of(self, key: str) -> int | None:
        """Bytes of the object; None when it is not there."""
        try:
            return self._tried(key, "read", lambda: obstore.head(self._store, key)["size"])
        except FileNotFoundError:
            return None

    def copy(self, source: str, target: str, size: int) -> bool:
        """Copy within the store; atomic. False when the source is not there."""
        if size >= _COPY_LIMIT_BYTES:
            return self._copy_in_parts(source, target)
        try:
            self._tried(source, "copy", lambda: obstore.copy(self._store, source, target))
        except FileNotFoundError:
            return False
        return True

    def delete(self, keys: Iterable[str]) -> None:
        """Remove objects; one that is not there is none too many."""
        for key in keys:
            try:
                self._tried(key, "delete", lambda k=key: obstore.delete(self._store, k))  # type: ignore[misc]
            except FileNotFoundError:
                continue

    def entries(self, prefix: str = "") -> Iterator[Entry]:
        """Objects below `prefix` (whole path segments), in the order of their keys."""
        with object_errors(self.place(prefix), "list"):
            for chunk in obstore.list(self._store, prefix or None, chunk_size=1_000):
                for one in chunk:
                    yield Entry(one["path"], one["size"], one["last_modified"])

    def thaw(self, key: str, days: int) -> bool:
        """Ask for an object in cold storage to be readable for `days` days, hours from now; False:
        it is readable.
        """
        with client_errors(self.place(key), "thaw"):
            head = self.client.head_object(Bucket=self.address.bucket, Key=self.key(key))
            thawed = 'ongoing-request="false"' in head.get("Restore", "")
            if head.get("StorageClass", "STANDARD") not in _COLD or thawed:
                return False
            if "Restore" not in head:
                wanted = {"Days": days, "GlacierJobParameters": {"Tier": "Standard"}}
                self.client.restore_object(
                    Bucket=self.address.bucket, Key=self.key(key), RestoreRequest=wanted
                )
            return True

    @cached_property
    def client(self) -> Any:
        """A boto3 client, for what is no reading or writing: lifecycle rules, thawing, unfinished
        uploads.
        """
        return s3_client(self.options, self._session)

    def key(self, key: str) -> str:
        """The key in the bucket of an object below the prefix, as the client wants it."""
        return f"{self.address.prefix}/{key}" if self.address.prefix else key

    @cached_property
    def _store(self) -> S3Store:
        return s3_store(self.address, self.options, self._session)

    @cached_property
    def _session(self) -> Any:
        return aws_session(self.options)

    def _tried(self, key: str, doing: str, call: Callable[[], _Result]) -> _Result:
        """Run a call that may be repeated; obstore does not retry when an answer's body is cut
        off.
        """
        for attempt in range(self.options.retries + 1):
            try:
                with object_errors(self.place(key), doing):
                    return call()
            except ArchiveUnavailable:
                if attempt >= min(self.options.retries, 2):
                    raise
                time.sleep(0.1 * 2**attempt)
        raise AssertionError("the last attempt returns or raises")

    def _ranges(self, key: str, starts: list[int], lengths: list[int]) -> list[Any]:
        return list(
            obstore.get_ranges(self._store, key, starts=starts, lengths=lengths, coalesce=0)
        )

    def _put_if(self, key: str, data: bytes, etag: str | None) -> bool:
        with object_errors(self.place(key), "write"):
            try:
                obstore.put(
                    self._store, key, data, mode="create" if etag is None else {"e_tag": etag}
                )
            except (AlreadyExistsError, PreconditionError):
                return False
        return True

    def _copy_in_parts(self, source: str, target: str) -> bool:
        from boto3.s3.transfer import TransferConfig

        if self.size_of(source) is None:
            return False
        place = {"Bucket": self.address.bucket, "Key": self.key(source)}
        rules = TransferConfig(
            multipart_threshold=_COPY_LIMIT_BYTES, multipart_chunksize=512 * 2**20
        )
        self.client.copy(place, self.address.bucket, self.key(target), Config=rules)
        return True
