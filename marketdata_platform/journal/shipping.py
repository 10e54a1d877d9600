"""Sealed segments copied to an object store, each once, each read back.

Belongs here: what is copied and how it is proved. Does not: reading them there (remote.py),
requests (objects/), removing local segments (retention, which asks `shipped_numbers`).

A segment never changes once it is sealed, so a name that is taken holds either the same bytes or
another journal's, and is never written over. What was proved is noted beside the journal, so that
the next run asks only for what is new.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import msgspec

from marketdata_platform.core.errors import ArchiveMismatch, ConfigurationError
from marketdata_platform.journal.folder import SEALED_SUFFIX, TORN_SUFFIX, segments_in, torn_numbers
from marketdata_platform.objects import Bucket, ObjectOptions

NOTE = "shipped.json"


@dataclass(frozen=True, slots=True)
class Shipped:
    """What one run did; `present`: segments that had been shipped and proved before."""

    segments: int = 0
    bytes: int = 0
    present: int = 0


def object_name(number: int, *, torn: bool = False) -> str:
    """A segment's name below the prefix: its file name in the folder."""
    return f"{number:012d}{TORN_SUFFIX if torn else SEALED_SUFFIX}"


def ship(
    folder: Path,
    url: str,
    options: ObjectOptions,
    *,
    progress: Callable[[int, int], None] | None = None,
) -> Shipped:
    """Copy every sealed segment of `folder` to `url` (`s3://bucket/prefix`) that is not there yet.

    `progress(done, total)` is called after each segment. Run again after any failure: what is there
    is left alone.

    Raises:
        ConfigurationError: another journal's segments are at `url`; or no bucket, no permission.
        ArchiveUnavailable: the object store does not answer; what was shipped before stays.
        ArchiveMismatch: a segment reads back differently; it was removed there.
    """
    bucket = Bucket(url, options)
    known = _noted(folder, str(bucket.address))
    sealed = [segment for segment in segments_in(folder) if segment.sealed]
    waiting = [segment for segment in sealed if segment.number not in known]
    done = Shipped(present=len(sealed) - len(waiting))
    for count, segment in enumerate(waiting, 1):
        data = segment.path.read_bytes()
        known[segment.number] = _shipped(bucket, object_name(segment.number), data)
        _note(folder, str(bucket.address), known)
        done = Shipped(done.segments + 1, done.bytes + len(data), done.present)
        if progress:
            progress(count, len(waiting))
    for number in torn_numbers(folder) - known.keys():
        # It held no record. Without its name over there, its number would be reported as a missing
        # segment.
        known[number] = _shipped(bucket, object_name(number, torn=True), b"")
        _note(folder, str(bucket.address), known)
    return done


def shipped_numbers(folder: Path, url: str) -> set[int]:
    """Segments of `folder` that were shipped to `url` and read back there."""
    return set(_noted(folder, url.rstrip("/")))


def _shipped(bucket: Bucket, name: str, data: bytes) -> str:
    sha256 = hashlib.sha256(data).hexdigest()
    created = bucket.put_if(name, data, None)
    found = bucket.get(name)
    if found is not None and hashlib.sha256(found[0]).hexdigest() == sha256:
        return sha256
    if created:
        bucket.delete((name,))
        raise ArchiveMismatch(
            f"{bucket.place(name)} does not read back as it was sent, and was removed: ship again"
        )
    raise ConfigurationError(
        f"{bucket.place(name)} is a segment of another journal: give each gatherer a prefix of its "
        "own to ship to"
    )


def _noted(folder: Path, url: str) -> dict[int, str]:
    """Numbers and hashes of what was proved to be at `url`; an unreadable note only costs asking
    again.
    """
    try:
        notes = msgspec.json.decode((folder / NOTE).read_bytes(), type=dict[str, dict[int, str]])
    except (OSError, msgspec.DecodeError):
        return {}
    return notes.get(url, {})


def _note(folder: Path, url: str, known: dict[int, str]) -> None:
    fresh = folder / f".{NOTE}.{os.getpid()}"
    fresh.write_bytes(msgspec.json.encode({url: known}))
    fresh.replace(folder / NOTE)
