"""Journals for the tests: written with the real writer, read back as plain tuples."""

from pathlib import Path

from marketdata_platform.journal import (
    Damage,
    JournalOptions,
    JournalReader,
    JournalWriter,
    Position,
)

QUICK = JournalOptions(commit_seconds=0.005, retry_seconds=0.05)
TRADES = "binance:spot:BTCUSDT@trade"


def frame(number, size=60):
    return f'{{"n":{number},"x":"'.encode().ljust(size, b"x") + b'"}'


def write(folder, count, *, options=QUICK, stream=TRADES, size=60, first=0):
    """Append `count` frames and close; the positions after each."""
    with JournalWriter(folder, "g1", options) as writer:
        return [
            writer.append(stream, frame(n, size), n, n + 7) for n in range(first, first + count)
        ]


def write_open(folder, count, **how):
    """As `write`, but as a crash leaves it: the segment stays plain."""
    writer = JournalWriter(folder, "g1", how.pop("options", QUICK))
    for number in range(count):
        writer.append(
            how.get("stream", TRADES), frame(number, how.get("size", 60)), number, number + 7
        )
    writer.close(seal=False)


def payloads(folder: Path, position: Position | None = None):
    return [
        step.payload
        for step in JournalReader(folder).read(position)
        if not isinstance(step, Damage)
    ]


def damage(folder: Path):
    return [step for step in JournalReader(folder).read() if isinstance(step, Damage)]


def only_file(folder: Path, pattern: str = "*.journal*"):
    (path,) = folder.glob(pattern)
    return path
