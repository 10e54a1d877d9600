"""Recorded frames as they lie in files: which venue's they are, when they came, and their very
bytes.

Belongs here: the files' line formats. Does not: sending them (replay), journals (whose records the
caller brings along), what frames mean. Formats are told by the first line:

    <receive time in ms, µs or ns> <frame>                     recorders of Binance streams
    {"t":"recv","ts":<s>,"data":"<frame>"}                     captures with a header that names the
    exchange {"recv_ms":<ms>,"event":<frame>}                           captures of Kalshi
    configuration: …  then  <seconds>: <frame>                 older captures; `<url> -> <seconds>:
    <body>` is REST
"""

from __future__ import annotations

import gzip
import heapq
import io
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, NamedTuple

import msgspec
import zstandard

from marketdata_platform.core.errors import InvalidInput, UnsupportedFormat
from marketdata_platform.core.instrument import shown
from marketdata_platform.venues.kit.exact import DoesNotFit, us_from_epoch_count

STREAMED, ANSWERED = "stream", "rest"
_GZIP, _ZSTD = b"\x1f\x8b", b"\x28\xb5\x2f\xfd"
_EXCHANGES = {
    "BINANCE": "binance:spot",
    "BINANCE_FUTURES": "binance:futures",
    "BINANCE_DELIVERY": "binance:coin_futures",
    "DERIBIT": "deribit:any",
    "BYBIT": "bybit:linear",
}
_KALSHI = "kalshi:event"
_EVENT = b'"event":'


class Recorded(NamedTuple):
    """One frame. `kind`: of a stream, or an answer of REST whose address is `url` (empty: not
    recorded).
    """

    recv_ns: int
    place: str
    payload: bytes
    kind: str = STREAMED
    url: str = ""


@dataclass(frozen=True, slots=True)
class Recording:
    """Frames to be played: `frames()` gives them from the first one on, as often as it is called.

    `places` are those that they belong to (`binance:spot`).
    """

    places: tuple[str, ...]
    frames: Callable[[], Iterator[Recorded]]


class _Line(msgspec.Struct, gc=False):
    t: str = ""
    ts: float = 0.0
    data: str = ""
    url: str = ""
    exchange: str = ""


_line = msgspec.json.Decoder(_Line)


def open_recording(paths: Sequence[Path], place: str = "") -> Recording:
    """The frames of all files, by receive time. `place` (`binance:futures`) is for files that do
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
        told = _line.decode(first)
        return _captured, place or _known(path, _EXCHANGES.get(told.exchange, ""))
    if first.startswith(b'{"recv_ms":'):
        return _kalshi, place or _KALSHI
    if first.startswith(b"configuration: "):
        return _written_out, _known(path, place)
    if first.partition(b" ")[0].isdigit():
        return _stamped, _known(path, place)
    raise UnsupportedFormat(
        f"{path} holds no recorded frames that are known here; it begins with {first[:60]!a}"
    )


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
            told = _line.decode(line)
        except msgspec.DecodeError as error:
            raise InvalidInput(f"{path}, line {number} is no line of a capture: {error}") from error
        if told.t in ("recv", "http"):
            kind = ANSWERED if told.t == "http" else STREAMED
            yield Recorded(int(told.ts * 1e6) * 1_000, place, told.data.encode(), kind, told.url)


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


def _kalshi(path: Path, place: str) -> Iterator[Recorded]:
    for number, line in enumerate(_lines(path), 1):
        if not line:
            continue
        at = line.find(_EVENT)
        when = line[len(b'{"recv_ms":') : line.find(b",")]
        if at < 0 or not line.endswith(b"}"):
            raise InvalidInput(f"{path}, line {number} is no line of a Kalshi capture")
        yield Recorded(_ns(path, number, when), place, line[at + len(_EVENT) : -1])
