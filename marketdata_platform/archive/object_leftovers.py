"""What dead writers leave in an object store: drafts, data that was superseded, uploads that were
never finished.

Belongs here: finding it, and removing it without touching what a manifest names. Does not: deciding
how old is dead.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import suppress
from itertools import chain
from pathlib import PurePosixPath
from typing import Any

from marketdata_platform.archive.days import DATA_NAME
from marketdata_platform.archive.manifest import manifest_from_json
from marketdata_platform.archive.paths import MANIFEST_FILE, TREES, partition_at
from marketdata_platform.core.errors import ArchiveMismatch
from marketdata_platform.objects import Bucket
from marketdata_platform.objects.failures import client_errors
from marketdata_platform.workflows.ports import Leftover

_DRAFT_NAME = re.compile(r"\.part-[0-9a-z]{1,32}\.parquet\.tmp")


def draft_name(file: str) -> str:
    """Where a data file's bytes lie until it has its final name."""
    return f".{file}.tmp"


class ObjectLeftovers:
    """Leftovers below one bucket's prefix."""

    def __init__(self, bucket: Bucket) -> None:
        self._bucket = bucket

    def found(self) -> Iterator[Leftover]:
        """Leftovers as they are now; a living exporter's draft is among them, so look at the
        age.
        """
        named: tuple[str, set[str]] = ("", set())
        for entry in chain.from_iterable(self._bucket.entries(str(tree)) for tree in TREES):
            folder, _, name = entry.key.rpartition("/")
            draft = _DRAFT_NAME.fullmatch(name)
            if (
                not (draft or DATA_NAME.fullmatch(name))
                or partition_at(PurePosixPath(folder)) is None
            ):
                continue
            if named[0] != folder:
                named = (folder, self._named_in(folder))
            if name not in named[1]:
                yield Leftover(
                    entry.key, "draft" if draft else "superseded", entry.bytes, entry.modified
                )
        yield from self._uploads()

    def remove(self, leftover: Leftover) -> None:
        """Remove one, unless its folder's manifest names it by now."""
        bucket = self._bucket
        if leftover.kind == "upload":
            with client_errors(bucket.place(leftover.path), "delete"):
                key = bucket.key(leftover.path)
                bucket.client.abort_multipart_upload(
                    Bucket=bucket.address.bucket, Key=key, UploadId=leftover.reference
                )
            return
        folder, _, name = leftover.path.rpartition("/")
        if name not in self._named_in(folder):
            bucket.delete((leftover.path,))

    def _named_in(self, folder: str) -> set[str]:
        """Names that the folder's manifest vouches for; a draft only while its copy may be
        missing.
        """
        partition = partition_at(PurePosixPath(folder))
        found = self._bucket.get(f"{folder}/{MANIFEST_FILE}")
        if found is None or partition is None:
            return set()
        with suppress(ArchiveMismatch):
            file = manifest_from_json(found[0], partition, f"{folder}/{MANIFEST_FILE}").file
            whole = self._bucket.size_of(f"{folder}/{file}") is not None
            return {file} if whole else {file, draft_name(file)}
        return set()

    def _uploads(self) -> Iterator[Leftover]:
        bucket = self._bucket
        prefix = f"{bucket.address.prefix}/" if bucket.address.prefix else ""
        with client_errors(bucket.place(""), "list"):
            pages: Any = bucket.client.get_paginator("list_multipart_uploads").paginate(
                Bucket=bucket.address.bucket, Prefix=prefix
            )
            for page in pages:
                for one in page.get("Uploads", []):
                    key = one["Key"].removeprefix(prefix)
                    if _DRAFT_NAME.fullmatch(key.rpartition("/")[2]):
                        yield Leftover(key, "upload", 0, one["Initiated"], one["UploadId"])
