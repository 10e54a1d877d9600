"""Files as they lie on disk to streams of decompressed bytes, with caps against bombs and tricks.

Belongs here: plain, .gz, .zst and .zip. Does not: what is in them. A damaged file is an error,
never a short file: rows before the break may be stored then, which does no harm since importing the
whole file later adds only what is missing.
"""

from __future__ import annotations

import os
import stat
import struct
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from io import BufferedReader
from pathlib import Path
from typing import IO, Protocol

import pyarrow as pa

from marketdata_platform.core.errors import InvalidInput, UnsafeArchive, UnsupportedFormat
from marketdata_platform.core.instrument import shown

_CODECS = {b"\x1f\x8b": "gzip", b"\x28\xb5\x2f\xfd": "zstd"}
_ZIP = b"PK"
_ARCHIVES = (".zip", ".gz", ".zst", ".7z", ".rar", ".tar", ".tgz", ".bz2", ".xz")
_READ_BYTES = 1 << 20
_MIB = 1 << 20
_AGAIN = (
    "Get the file again and import it: rows read before the break may be in the store already, "
    "and nothing is added twice"
)


@dataclass(frozen=True, slots=True)
class Caps:
    """How far a compressed file may unfold: `max_bytes` in all, `max_ratio` times its size once
    past `free_bytes`.
    """

    max_bytes: int = 64 << 30
    max_ratio: int = 200
    free_bytes: int = 64 * _MIB


class Readable(Protocol):
    """A stream of bytes."""

    def read(self, size: int, /) -> bytes:
        """At most `size` bytes, none at the end."""
        ...


@dataclass(frozen=True, slots=True)
class Member:
    """One stream of a file; `source` is the file's name, with the member's where an archive holds
    several.
    """

    source: str
    stream: Readable


class CappedStream:
    """Decompressed bytes, counted over all members of a file; more than the caps allow raises
    `UnsafeArchive`.
    """

    def __init__(
        self, stream: Readable, name: str, compressed_bytes: int, caps: Caps, before: int = 0
    ) -> None:
        self._stream, self._name, self._caps = stream, name, caps
        self._compressed = max(compressed_bytes, 1)
        self.total = before

    def read(self, size: int, /) -> bytes:
        """The next bytes, checked against the caps; damage is reported as `InvalidInput`."""
        try:
            data = self._stream.read(min(size, _READ_BYTES))
        except (OSError, EOFError, zlib.error, zipfile.BadZipFile, NotImplementedError) as error:
            raise InvalidInput(
                f"{self._name} is damaged or cut off after {self.total:,} decompressed bytes "
                f"({error}). {_AGAIN}"
            ) from error
        self.total += len(data)
        _check_caps(self._name, self.total, self._compressed, self._caps)
        return data


@contextmanager
def opened(path: Path) -> Iterator[BufferedReader]:
    """The regular file at `path`, opened for reading; other things (folders, pipes) are refused."""
    try:
        with path.open("rb") as file:
            if not stat.S_ISREG(os.fstat(file.fileno()).st_mode):
                raise InvalidInput(f"{path} is not a regular file")
            yield file
    except (FileNotFoundError, IsADirectoryError, PermissionError) as error:
        raise InvalidInput(f"{path} cannot be read: {error.strerror}") from error


def members(file: BufferedReader, name: str, caps: Caps) -> Iterator[Member]:
    """The streams in `file`, recognised by its first bytes, not by its name. Use each before asking
    for the next.
    """
    size = os.fstat(file.fileno()).st_size
    file.seek(0)
    head = file.read(4)
    file.seek(0)
    if head[:2] == _ZIP and head[2:] in (b"\x03\x04", b"\x05\x06"):
        yield from _zip_members(file, name, size, caps)
        return
    codec = next((codec for magic, codec in _CODECS.items() if head.startswith(magic)), None)
    if codec is None:
        yield Member(name, file)
        return
    stream = pa.CompressedInputStream(pa.PythonFile(file, "r"), codec)
    yield Member(name, CappedStream(stream, name, size, caps))


def _zip_members(file: BufferedReader, name: str, size: int, caps: Caps) -> Iterator[Member]:
    try:
        archive = zipfile.ZipFile(file)
    except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError, struct.error) as error:
        raise InvalidInput(f"{name} is damaged or cut off ({error}). {_AGAIN}") from error
    entries = [
        entry
        for entry in archive.infolist()
        if not entry.is_dir() and not entry.filename.startswith("__MACOSX/")
    ]
    if not entries:
        raise UnsupportedFormat(f"{name} is an empty archive")
    for entry in archive.infolist():
        _check_entry(entry, name)
    _check_caps(name, sum(entry.file_size for entry in entries), size, caps)
    total = 0
    for entry in entries:
        with _opened_entry(archive, entry, name) as stream:
            capped = CappedStream(stream, name, size, caps, total)
            yield Member(name if len(entries) == 1 else f"{name}/{entry.filename}", capped)
            total = capped.total


def _opened_entry(archive: zipfile.ZipFile, entry: zipfile.ZipInfo, name: str) -> IO[bytes]:
    try:
        return archive.open(entry)
    except (zipfile.BadZipFile, OSError) as error:
        raise InvalidInput(
            f"{name} is damaged at {shown(entry.filename)} ({error}). {_AGAIN}"
        ) from error


def _problem(entry: zipfile.ZipInfo) -> str:
    """Why a member is not to be trusted; empty: it may be."""
    if not _is_plain(entry.orig_filename):
        return "leaves the folder or is no plain name"
    if stat.S_ISLNK(entry.external_attr >> 16):
        return "is a symbolic link"
    if entry.flag_bits & 0x1:
        return "is encrypted"
    return "is itself an archive" if entry.orig_filename.lower().endswith(_ARCHIVES) else ""


def _is_plain(inner: str) -> bool:
    parts = inner.split("/")
    leaves = not parts[0] or ".." in parts or ":" in parts[0]
    return inner.isprintable() and "\\" not in inner and not leaves


def _check_entry(entry: zipfile.ZipInfo, name: str) -> None:
    inner, problem = entry.orig_filename, _problem(entry)
    if problem:
        raise UnsafeArchive(
            f"{name}: member {shown(inner)} {problem}; unpack it by hand if you trust it"
        )
    if entry.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
        raise UnsupportedFormat(
            f"{name}: member {shown(inner)} is compressed in a way that is not read; repack it "
            "with deflate"
        )


def _check_caps(name: str, total: int, compressed: int, caps: Caps) -> None:
    if total > caps.max_bytes:
        raise UnsafeArchive(
            f"{name} unfolds to more than the {caps.max_bytes:,} bytes that are allowed"
        )
    if total > caps.free_bytes and total > caps.max_ratio * compressed:
        raise UnsafeArchive(
            f"{name} unfolds to more than {caps.max_ratio} times its {compressed:,} bytes, as "
            "bombs do and dumps do not"
        )
