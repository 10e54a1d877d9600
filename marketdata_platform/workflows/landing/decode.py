"""A round of frames to rows per dataset and instrument, with where each row came from.

Belongs here: which decoder a stream leads to, the accounting of every frame. Does not: reading
sources, storing.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

import numpy as np
import pyarrow as pa

from marketdata_platform.core.datasets import Dataset
from marketdata_platform.core.errors import ConfigurationError, InvalidInput, InvalidInstrument
from marketdata_platform.core.instrument import Instrument
from marketdata_platform.core.repeats import Repeats
from marketdata_platform.venues.decoding import (
    counts_equal_frames,
    decode_answers,
    decoder_of,
    routed,
    routing_key,
)
from marketdata_platform.venues.kit.rows import Decoded
from marketdata_platform.venues.kit.streams import NOTE, REST, Stream
from marketdata_platform.workflows.landing.frames import (
    Heard,
    Int64s,
    Part,
    heard_all,
    heard_once,
    large,
    whole_bytes,
)
from marketdata_platform.workflows.ports import LARGEST_FRAME_BYTES

PAYLOAD_LIMIT = 4096


@dataclass(frozen=True, slots=True)
class Found:
    """Rows of one dataset and instrument; row i came in frame `frames[i]` of `heard`."""

    dataset: Dataset
    instrument: Instrument
    table: pa.Table
    frames: Int64s
    heard: Heard


@dataclass(frozen=True, slots=True)
class RefusedFrame:
    """A frame, or a row of one, that cannot be stored. `instrument` is None where it is not
    known.
    """

    gatherer: int
    position: int
    reason: str
    dataset: str
    payload: str
    instrument: Instrument | None = None


@dataclass(slots=True)
class DecodedRound:
    """What a round of frames gave."""

    found: list[Found] = field(default_factory=list)
    refused: list[RefusedFrame] = field(default_factory=list)
    counts: Counter[str] = field(
        default_factory=Counter
    )  # different frames by type; unknown ones as often as heard


RepeatsOf = Mapping[tuple[int, str], Repeats]


def decode_round(parts: Iterable[tuple[str, Part]], repeats: RepeatsOf) -> DecodedRound:
    """Decode parts by stream. `repeats[gatherer, stream]` is what the frames before these left on a
    connection along which equal frames are counted.
    """
    out = DecodedRound()
    websocket: dict[str, list[Part]] = {}
    answers: dict[str, list[Part]] = {}
    for name, part in parts:
        part = _without_large(out, name, part)
        if not len(part.frames):
            continue
        try:
            stream = Stream.parse(name)
            if stream.kind == NOTE:  # read before, in the order of the journal
                out.counts["note"] += len(part.frames)
            elif stream.kind == REST:
                answers.setdefault(name, []).append(part)
            elif counts_equal_frames(name):
                _decode_connection(out, stream, part, repeats[part.gatherer, name])
            else:
                websocket.setdefault(routing_key(stream), []).append(part)
        except (InvalidInput, ConfigurationError) as error:
            _refuse_all(out, [part], str(error))
    for key, heard_by in websocket.items():
        _decode_streams(out, key, heard_by)
    for name, heard_by in answers.items():
        _decode_answers(out, Stream.parse(name), heard_by)
    return out


def _decode_connection(out: DecodedRound, stream: Stream, part: Part, repeats: Repeats) -> None:
    venue, market = routed(routing_key(stream))
    heard = heard_all(part)
    decode = decoder_of(venue).decode
    _account(out, heard, decode(market, heard.frames, heard.received_us, repeats))


def _decode_streams(out: DecodedRound, key: str, parts: Sequence[Part]) -> None:
    venue, market = routed(key)
    decode = decoder_of(venue).decode
    heard = heard_once(parts)
    decoded = decode(market, heard.frames, heard.received_us, Repeats())
    _account(out, heard, decoded)
    silent = _repeated_without_rows(heard, decoded)
    if silent:
        again = [heard.frames[frame] for frame, times in silent for _ in range(times)]
        unheard = np.zeros(len(again), np.int64)
        out.counts.update(decode(market, again, unheard, Repeats()).counts)


def _decode_answers(out: DecodedRound, stream: Stream, parts: Sequence[Part]) -> None:
    heard = heard_once(parts)
    try:
        decoded = decode_answers(stream, heard.frames, heard.received_us)
    except ConfigurationError as error:
        _refuse_all(out, parts, str(error))
        return
    _account(out, heard, decoded, instrument=_asked_for(stream))


def _account(
    out: DecodedRound, heard: Heard, decoded: Decoded, *, instrument: Instrument | None = None
) -> None:
    out.counts.update(decoded.counts)
    for rows in decoded.rows:
        table = _without_doubtful_receipts(rows.dataset, rows.table, rows.frames, heard)
        out.found.append(Found(rows.dataset, rows.instrument, table, rows.frames, heard))
    places = (
        heard.places([refused.frame for refused in decoded.rejected]) if decoded.rejected else []
    )
    for refused, came in zip(decoded.rejected, places, strict=True):
        payload = shown_frame(heard.frames[refused.frame])
        for gatherer, position in came:
            out.refused.append(
                RefusedFrame(
                    gatherer, position, refused.reason, refused.dataset, payload, instrument
                )
            )


def _repeated_without_rows(heard: Heard, decoded: Decoded) -> list[tuple[int, int]]:
    """Frames that came more than once and gave neither rows nor refusals: they are counted by type
    only.
    """
    if not heard.copies.any():
        return []
    left = heard.copies > 0
    for rows in decoded.rows:
        left[rows.frames] = False
    left[[refused.frame for refused in decoded.rejected]] = False
    return [(int(frame), int(heard.copies[frame])) for frame in np.flatnonzero(left)]


def _without_doubtful_receipts(
    dataset: Dataset, table: pa.Table, frames: Int64s, heard: Heard
) -> pa.Table:
    """Receipts by a clock that had just been stepped are null: another gatherer's may fill them
    in.
    """
    if heard.honest is None or "ts_recv" not in table.column_names:
        return table
    doubtful = ~heard.honest[frames]
    if not doubtful.any():
        return table
    at = table.column_names.index("ts_recv")
    times = table.column(at).combine_chunks().cast(pa.int64()).to_numpy(zero_copy_only=False)
    kind = dataset.column("ts_recv").type
    return table.set_column(
        at, table.schema.field(at), pa.array(times, pa.int64(), mask=doubtful).cast(kind)
    )


def _without_large(out: DecodedRound, name: str, part: Part) -> Part:
    too_large = large(part.frames)
    if not too_large:
        return part
    for row in too_large:
        frame = part.frames[row]
        reason = (
            f"frame of {whole_bytes(frame)} bytes on {name[:80]!a}: the largest that is read has "
            f"{LARGEST_FRAME_BYTES}"
        )
        out.refused.append(
            RefusedFrame(part.gatherer, int(part.position[row]), reason, "", shown_frame(frame))
        )
    return part.take(np.setdiff1d(np.arange(len(part.frames)), too_large))


def _refuse_all(out: DecodedRound, parts: Sequence[Part], reason: str) -> None:
    for part in parts:
        for frame, position in zip(part.frames, part.position.tolist(), strict=True):
            shown = shown_frame(frame)
            out.refused.append(RefusedFrame(part.gatherer, position, reason, "", shown))


def _asked_for(stream: Stream) -> Instrument | None:
    try:
        return Instrument(stream.venue, stream.market, stream.symbol) if stream.symbol else None
    except InvalidInstrument:
        return None


def shown_frame(frame: bytes) -> str:
    """A frame as quarantine keeps it."""
    return (
        frame[: 4 * PAYLOAD_LIMIT]
        .decode("utf-8", "replace")
        .replace("\0", "\ufffd")[:PAYLOAD_LIMIT]
    )


def quarantine_row(refused: RefusedFrame, source: str, at: datetime) -> dict[str, object]:
    """The refusal as a row of `quarantine`."""
    return {
        "dataset": refused.dataset,
        "source": source,
        "position": refused.position,
        "reason": refused.reason[:400],
        "payload": refused.payload,
        "ts_event": None,
        "quarantined_at": at,
    }
