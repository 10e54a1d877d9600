"""Recorded frames as they lie in files: which venue's they are, when they came, and their very
bytes.

Belongs here: the files' line formats. Does not: sending them (replay), journals (whose records the
caller brings along), what frames mean. Formats are recognised by the first line:

    <receive time in ms, µs or ns> <frame>       stamped lines
    {"t":"recv","ts":<s>,"data":"<frame>"}       captures with a header that names the exchange
    {"recv_ms":<ms>,"event":<frame>}             frames in an envelope
    configuration: …  then  <seconds>: <frame>   older captures; <url> -> <seconds>: <body> is REST

Whose frames a file holds is said by its header, by how it begins where a venue's object claims
that, or by the caller.
"""

from __future__ import annotations

import gzip
import heapq
import io
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from pathlib import Path
from typing import BinaryIO

import msgspec
import zstandard

from marketdata_platform.core.errors import InvalidInput, UnsupportedFormat
from marketdata_platform.core.instrument import shown
from marketdata_platform.simulator.replay.recorded import ANSWERED, STREAMED, Recorded, Recording
from marketdata_platform.simulator.venues import all_simulated_venues
from marketdata_platform.venues.kit.exact import DoesNotFit, us_from_epoch_count

_GZIP, _ZSTD = b"\x1f\x8b", b"\x28\xb5\x2f\xfd"
_EVENT = b'"event":'


class _Line(msgspec.Struct, gc=False):
    t: str = ""
    ts: float = 0.0
    data: str = ""
    url: str = ""
    exchange: str = ""


_line = msgspec.json.Decoder(_Line)


def open_recording(paths: Sequence[Path], place: str = "") -> Recording:
    """The frames of all files, by receive time. `place` (`venue:address`) is for files that do
    not name their venue.

    Raises:
        UnsupportedFormat: a file is not in one of the formats; the message shows how it begins.
        InvalidInput: a file does not say whose frames it holds, and `place` does not either.
    """
    found = [(path, *_format_of(path, place)) for path in paths]

    def frames() -> Iterator[Recorded]:
        return heapq.merge(
            *(read(path, of) for path, read, of in found), key=lambda one: one.recv_ns
        )

    return Recording(tuple(dict.fromkeys(of for _, _, of in found)), frames)


_Read = Callable[[Path, str], Iterator[Recorded]]


def _format_of(path: Path, place: str) -> tuple[_Read, str]:
    first = next(_lines(path), b"")
    if first.startswith(b'{"t":'):
        header = _line.decode(first)
        return _captured, place or _known(path, _place_of_exchange(header.exchange))
    if first.startswith(b'{"recv_ms":'):
        return _enveloped, place or _known(path, _place_of_beginning(first))
    if first.startswith(b"configuration: "):
        return _written_out, _known(path, place)
    if first.partition(b" ")[0].isdigit():
        return _stamped, _known(path, place)
    raise UnsupportedFormat(
        f"{path} holds no recorded frames that are known here; it begins with {first[:60]!a}"
    )


def _place_of_exchange(name: str) -> str:
    for venue in all_simulated_venues().values():
        if venue.replay is not None and name in venue.replay.exchanges:
            return f"{venue.name}:{venue.replay.exchanges[name]}"
    return ""


def _place_of_beginning(first: bytes) -> str:
    for venue in all_simulated_venues().values():
        claims = venue.replay.first_bytes if venue.replay is not None else {}
        for beginning, address in claims.items():
            if first.startswith(beginning):
                return f"{venue.name}:{address}"
    return ""


def _known(path: Path, place: str) -> str:
    if not place:
        raise InvalidInput(
            f"{path} does not say which venue's frames it holds: name an instrument of that market"
        )
    return place


def _lines(path: Path) -> Iterator[bytes]:
    try:
        with path.open("rb") as file:
            head = file.read(4)
            file.seek(0)
            with closing(_opened(file, head)) as stream:
                for line in stream:
                    yield line.rstrip(b"\r\n")
    except (OSError, EOFError, zstandard.ZstdError) as error:
        raise InvalidInput(f"{shown(str(path), 200)} cannot be read: {error}") from error


def _opened(file: BinaryIO, head: bytes) -> io.BufferedIOBase | BinaryIO:
    if head.startswith(_GZIP):
        return gzip.GzipFile(fileobj=file)
    if head.startswith(_ZSTD):
        return io.BufferedReader(
            zstandard.ZstdDecompressor().stream_reader(file, read_across_frames=True), 1 << 20
        )
    return file


def _stamped(path: Path, place: str) -> Iterator[Recorded]:
    for number, line in enumerate(_lines(path), 1):
        when, _, payload = line.partition(b" ")
        if not payload:
            continue
        kind = ANSWERED if payload.startswith(b'{"lastUpdateId"') else STREAMED
        yield Recorded(_ns(path, number, when), place, payload, kind)


def _ns(path: Path, number: int, when: bytes) -> int:
    try:
        return us_from_epoch_count("receive time", int(when)) * 1_000
    except (ValueError, DoesNotFit) as error:
        raise InvalidInput(f"{path}, line {number}: {when[:24]!a} is no receive time") from error


def _captured(path: Path, place: str) -> Iterator[Recorded]:
    for number, line in enumerate(_lines(path), 1):
        if not line:
            continue
        try:
            record = _line.decode(line)
        except msgspec.DecodeError as error:
            raise InvalidInput(f"{path}, line {number} is no line of a capture: {error}") from error
        if record.t in ("recv", "http"):
            kind = ANSWERED if record.t == "http" else STREAMED
            yield Recorded(
                int(record.ts * 1e6) * 1_000, place, record.data.encode(), kind, record.url
            )


def _written_out(path: Path, place: str) -> Iterator[Recorded]:
    for line in _lines(path):
        head, _, payload = line.partition(b": ")
        url, _, when = head.rpartition(b" -> ")
        try:
            recv_ns = int(float(when) * 1e6) * 1_000
        except ValueError:
            continue  # the configuration, what was sent, that it connected
        yield Recorded(
            recv_ns, place, payload, ANSWERED if url else STREAMED, url.decode("utf-8", "replace")
        )


def _enveloped(path: Path, place: str) -> Iterator[Recorded]:
    for number, line in enumerate(_lines(path), 1):
        if not line:
            continue
        at = line.find(_EVENT)
        when = line[len(b'{"recv_ms":') : line.find(b",")]
        if at < 0 or not line.endswith(b"}"):
            raise InvalidInput(f"{path}, line {number} is no frame in an envelope")
        yield Recorded(_ns(path, number, when), place, line[at + len(_EVENT) : -1])
