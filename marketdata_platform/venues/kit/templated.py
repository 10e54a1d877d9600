"""Frames of one kind after the other in one layout, found in a batch without decoding each.

Belongs here: learning layouts from the first frames of a batch, and what is done with frames that
have another. Does not: layouts (core.templates), columns (`*_rows`).

A batch is read in two ways: frames of a layout that was learned from one of them, and all others by
the venue's own decoder. Where both give events of one kind, all of that kind are decoded: rows stay
in the order of the frames.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from typing import Any, cast

import msgspec
import numpy as np
import numpy.typing as npt

from marketdata_platform.core.templates import (
    DECIMAL,
    FLAG,
    INTEGER,
    LEVELS,
    MAYBE_TEXT,
    TEXT,
    Template,
    Texts,
    learn,
    match,
)
from marketdata_platform.venues.kit.field_reader import OfFrames
from marketdata_platform.venues.kit.reading import read_all
from marketdata_platform.venues.kit.rows import MalformedFrame

Int64s = npt.NDArray[np.int64]
_LEAST_FRAMES = 32  # of fewer, decoding each is as fast
# Of a batch: a stream of ever other layouts shall not be learned from again and again.
_ATTEMPTS = 24
_KINDS: dict[Any, int] = {
    int: INTEGER,
    int | None: INTEGER,
    str: TEXT,
    str | None: MAYBE_TEXT,
    bool: FLAG,
    msgspec.Raw: LEVELS,
}


Read = Callable[[bytes], Any]
ByKind = Callable[[Sequence[int], list[Any]], Mapping[Any, tuple[Sequence[int], list[Any]]]]


@dataclass(slots=True)
class Layouts:
    """How a venue's frames may be learned from, and what was learned: a batch begins with what the
    last one ended with.

    Args:
        read: the venue's decoder of one frame.
        decimals: fields that are exact decimals, by the type of event; only these types are
            learned.
        layout: the path of an event's fields in a frame (`data.`), the paths whose value gives its
            type, and further paths whose type must hold; None where the frame's bytes do not settle
            its type.
    """

    read: Read
    decimals: Mapping[type, Collection[str]]
    layout: Callable[[type, bytes], tuple[str, Sequence[str], Mapping[str, int]] | None]
    known: dict[Any, tuple[Template, str]] = field(default_factory=dict)


def parted(
    frames: Sequence[bytes], layouts: Layouts, refuse: Callable[[int, str], None], by_kind: ByKind
) -> list[tuple[Any, Int64s, OfFrames | list[Any]]]:
    """The kinds of events in frames, in the order in which they first come, each with the frames'
    numbers.

    Frames that cannot be read are refused. `by_kind` groups decoded events, given the numbers of
    their frames.
    """
    found, left = _alike(frames, layouts)
    decoded, refused = _decoded(frames, left, layouts.read, by_kind)
    mixed = [kind for kind in found if kind in decoded]
    if mixed:  # hardly ever: a number with an escape in its text, another order of the fields
        for kind in mixed:
            layouts.known.pop(kind, None)
        left = np.sort(np.concatenate([left, *(found.pop(kind).numbers for kind in mixed)]))
        decoded, refused = _decoded(frames, left, layouts.read, by_kind)
    for number, reason in refused:
        refuse(number, reason)
    groups: list[tuple[Any, Int64s, OfFrames | list[Any]]] = [
        (k, values.numbers, values) for k, values in found.items()
    ]
    groups += [
        (kind, np.array(numbers, np.int64), events) for kind, (numbers, events) in decoded.items()
    ]
    return sorted(groups, key=lambda group: int(group[1][0]))


def _decoded(
    frames: Sequence[bytes], left: Int64s, read: Read, by_kind: ByKind
) -> tuple[Mapping[Any, tuple[Sequence[int], list[Any]]], list[tuple[int, str]]]:
    if not len(left):
        return {}, []
    refused: list[tuple[int, str]] = []
    if len(left) == len(frames):
        numbers, events = read_all(
            read, frames, lambda number, reason: refused.append((number, reason))
        )
        return by_kind(numbers, events) if events else {}, refused
    rows = left.tolist()
    chosen = [frames[row] for row in rows]
    numbers, events = read_all(
        read, chosen, lambda number, reason: refused.append((rows[number], reason))
    )
    return by_kind([rows[number] for number in numbers], events) if events else {}, refused


def _alike(frames: Sequence[bytes], layouts: Layouts) -> tuple[dict[Any, OfFrames], Int64s]:
    """Frames by layout, and the numbers of the others, of which some may be of the same kinds."""
    free = np.ones(len(frames), bool)
    found: dict[Any, OfFrames] = {}
    if len(frames) < _LEAST_FRAMES or not layouts.decimals:
        return found, np.arange(len(frames))
    texts = Texts.of(frames)
    for kind, (template, prefix) in list(layouts.known.items()):
        _matched(found, kind, template, prefix, texts, free)
    tried = np.zeros(len(frames), bool)
    for _ in range(_ATTEMPTS):
        left = np.flatnonzero(free & ~tried)
        if not len(left):
            break
        tried[left[0]] = True
        learned = _learned(frames[left[0]], layouts)
        if learned is not None and learned[0] not in found:
            layouts.known[learned[0]] = learned[1:]
            _matched(found, *learned, texts, free)
    return found, np.flatnonzero(free)


def _matched(
    found: dict[Any, OfFrames],
    kind: type,
    template: Template,
    prefix: str,
    texts: Texts,
    free: npt.NDArray[np.bool_],
) -> None:
    matched = match(template, texts, free)
    if len(matched.number):
        found[kind] = OfFrames(matched, prefix)


def _learned(frame: bytes, layouts: Layouts) -> tuple[type, Template, str] | None:
    try:
        event = layouts.read(frame)
    except MalformedFrame:
        return None
    kind = type(event)
    layout = layouts.layout(kind, frame) if kind in layouts.decimals else None
    if layout is None:
        return None
    prefix, fixed, more = layout
    fields: dict[str, int] = dict(more)
    for name, required, slot in _fields(cast(Any, kind)):
        if not required and getattr(event, name) is None and f'"{name}"'.encode() not in frame:
            continue  # it is in no frame of this layout
        fields[prefix + name] = DECIMAL if name in layouts.decimals[kind] else slot
    template = learn(frame, fields, fixed)
    return None if template is None else (kind, template, prefix)


@cache
def _fields(kind: type) -> list[tuple[str, bool, int]]:
    """A type's fields: name, whether it must be there, what its slot holds."""
    return [(one.name, one.required, _KINDS[one.type]) for one in msgspec.structs.fields(kind)]
