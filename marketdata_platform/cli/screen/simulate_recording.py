"""What `marketdata simulate --replay` plays: recorded files, or a gatherer's journal."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

from marketdata_platform.core.errors import InvalidInput
from marketdata_platform.core.instrument import Instrument
from marketdata_platform.journal import JournalReader, JournalRecord
from marketdata_platform.simulator.replay.recorded import ANSWERED, STREAMED, Recorded, Recording
from marketdata_platform.simulator.replay.recordings import open_recording
from marketdata_platform.simulator.venues.listing import place_of
from marketdata_platform.venues.kit.streams import NOTE, REST, Stream

JOURNALS = "journals"


def recording_of(paths: Sequence[Path], instruments: Sequence[Instrument], root: Path) -> Recording:
    """The frames at `paths`. A folder, or a gatherer's name, is a journal; of it only one may be
    given.

    Files that do not say of which venue they are take the place of the first of `instruments`.

    Raises:
        InvalidInput: nothing is there, or journals and files are mixed.
    """
    folders = [folder for path in paths if (folder := _journal_at(path, root)) is not None]
    if not folders:
        return open_recording(list(paths), place_of(instruments[0]) if instruments else "")
    if len(paths) > 1:
        raise InvalidInput("one journal is replayed at a time, and no files with it")
    return journal_recording(folders[0])


def _journal_at(path: Path, root: Path) -> Path | None:
    if path.is_dir():
        return path
    named = root / JOURNALS / path
    return named if not path.exists() and len(path.parts) == 1 and named.is_dir() else None


def journal_recording(folder: Path) -> Recording:
    """A journal's frames and answers; what the gatherer noted itself is left out."""
    reader = JournalReader(folder)

    def frames() -> Iterator[Recorded]:
        for step in reader.read():
            if isinstance(step, JournalRecord):
                recorded = _recorded(step)
                if recorded is not None:
                    yield recorded

    places = tuple(dict.fromkeys(one.place for one in frames()))
    if not places:
        raise InvalidInput(f"{folder} holds no frames of a venue's stream")
    return Recording(places, frames)


def _recorded(record: JournalRecord) -> Recorded | None:
    try:
        stream = Stream.parse(record.stream)
    except InvalidInput:
        return None
    if stream.kind == NOTE:
        return None
    place, kind = f"{stream.venue}:{stream.market}", ANSWERED if stream.kind == REST else STREAMED
    return Recorded(
        record.recv_ns, place, record.payload, kind, f"/{stream.detail}" if kind == ANSWERED else ""
    )
