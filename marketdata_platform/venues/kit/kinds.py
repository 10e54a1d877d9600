"""A batch of frames to events by kind: frames are told apart by their first bytes, and each kind is
read by a decoder of its own.

Belongs here: telling apart, reading, the order of what comes out. Does not: which kinds a venue
sends and what their first bytes are (each venue's streams). What the first bytes do not tell, and
what a kind's decoder does not take, goes one by one through the venue's decoder of any frame: what
comes out is as if all had.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Sequence
from dataclasses import dataclass
from itertools import chain, compress
from typing import Any

import msgspec
import numpy as np
import numpy.typing as npt

from marketdata_platform.venues.kit.reading import read_all
from marketdata_platform.venues.kit.rows import MalformedFrame

Int64s = npt.NDArray[np.int64]
UNREADABLE = (msgspec.DecodeError, RecursionError, UnicodeDecodeError)


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Form:
    """How frames of one kind are written.

    Args:
        kind: what `Frames.kind_of` gives for their events.
        decode: reads a whole frame; raises what msgspec raises.
        events: what many decoded frames hold: an event a frame, or a list of events a frame.
    """

    kind: Hashable
    decode: Callable[[bytes], Any]
    events: Callable[[list[Any]], list[Any]] = list


@dataclass(frozen=True, slots=True, kw_only=True)
class Frames:
    """How a venue's frames are read.

    Args:
        head_bytes: how many of a frame's first bytes tell its form.
        form_of: the form that these bytes tell; None where they do not. It is asked once a batch
            for each different head.
        read: any frame to its event, or to a list of them; raises `MalformedFrame`.
        kind_of: the kind of an event.
    """

    head_bytes: int
    form_of: Callable[[bytes], Form | None]
    read: Callable[[bytes], Any]
    kind_of: Callable[[Any], Hashable]


@dataclass(frozen=True, slots=True)
class Group:
    """Events of one kind in the order of their frames; `frames[i]` is the frame of event i."""

    kind: Any
    frames: Int64s
    events: list[Any]


def by_kind(
    frames: Sequence[bytes], how: Frames, refuse: Callable[[int, str], None]
) -> list[Group]:
    """The events in frames by kind, in the order in which each kind first comes. Frames that cannot
    be read are refused with a reason, in order.
    """
    groups: list[Group] = []
    left: list[Int64s] = []
    for form, numbers in _forms(frames, how):
        if form is None:
            left.append(numbers)
            continue
        chosen = _taken(frames, numbers)
        read, found = read_all(form.decode, chosen, _passed_on, UNREADABLE)
        held = numbers
        if len(read) < len(numbers):
            held = numbers[np.array(read, np.int64)]
            left.append(np.setdiff1d(numbers, held))
        groups.append(_flat(form.kind, held, form.events(found)))
    numbers = np.sort(np.concatenate(left)) if left else np.zeros(0, np.int64)
    groups += _one_by_one(frames, numbers, how, refuse)
    return _in_order(groups)


def _passed_on(number: int, reason: str) -> None:
    """A kind's decoder did not take a frame: the venue's decoder of any frame will say why."""


def _forms(frames: Sequence[bytes], how: Frames) -> Iterable[tuple[Form | None, Int64s]]:
    """The different forms of frames, and which frames have each."""
    if not len(frames):
        return []
    bound = how.head_bytes
    heads = [frame[:bound] for frame in frames]
    form_of = {head: how.form_of(head) for head in set(heads)}
    forms = list(set(form_of.values()))
    if len(forms) == 1:
        return [(forms[0], np.arange(len(frames)))]
    code_of = {head: forms.index(form) for head, form in form_of.items()}
    codes = np.fromiter(map(code_of.__getitem__, heads), np.int64, len(heads))
    return [(form, np.flatnonzero(codes == code)) for code, form in enumerate(forms)]


def _taken(frames: Sequence[bytes], numbers: Int64s) -> Sequence[bytes]:
    return frames if len(numbers) == len(frames) else [frames[n] for n in numbers.tolist()]


def _one_by_one(
    frames: Sequence[bytes], numbers: Int64s, how: Frames, refuse: Callable[[int, str], None]
) -> list[Group]:
    read, found = read_all(
        how.read,
        _taken(frames, numbers),
        lambda n, reason: refuse(int(numbers[n]), reason),
        (MalformedFrame,),
    )
    if not found:
        return []
    whole = _flat(None, numbers[np.array(read)], found)
    kinds = list(map(how.kind_of, whole.events))
    groups = []
    for kind in dict.fromkeys(kinds):
        chosen = [one == kind for one in kinds]
        groups.append(
            Group(kind, whole.frames[np.array(chosen)], list(compress(whole.events, chosen)))
        )
    return groups


def _flat(kind: Hashable, frames: Int64s, events: list[Any]) -> Group:
    """A group of events of which lists came in one frame."""
    types = set(map(type, events))
    if list not in types:
        return Group(kind, frames, events)
    if len(types) > 1:
        events = [event if type(event) is list else [event] for event in events]
    of = np.repeat(frames, np.fromiter(map(len, events), np.int64, len(events)))
    return Group(kind, of, list(chain.from_iterable(events)))


def _in_order(groups: Sequence[Group]) -> list[Group]:
    """Groups by their first frame, those of one kind as one."""
    parts: dict[Hashable, list[Group]] = {}
    for group in groups:
        if len(group.events):
            parts.setdefault(group.kind, []).append(group)
    joined = [several[0] if len(several) == 1 else _joined(several) for several in parts.values()]
    return sorted(joined, key=lambda group: int(group.frames[0]))


def _joined(groups: Sequence[Group]) -> Group:
    frames = np.concatenate([group.frames for group in groups])
    events = [event for group in groups for event in group.events]
    order = np.argsort(frames, kind="stable")
    return Group(groups[0].kind, frames[order], [events[row] for row in order.tolist()])
