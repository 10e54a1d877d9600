"""The options of a journal's writer, and what it counts."""

from __future__ import annotations

from dataclasses import dataclass, field

from marketdata_platform.core.errors import ConfigurationError


@dataclass(frozen=True, slots=True)
class JournalOptions:
    """When to commit, how much to hold, when to seal.

    A commit comes `commit_seconds` after the one before or once `commit_bytes` wait, whichever is
    first. `buffer_bytes` bounds what waits in memory (one larger record is taken when nothing
    waits). A segment is sealed at `segment_bytes` or `segment_seconds`. A full disk is tried again
    every `retry_seconds`. Without `sync`, acknowledged means only that the operating system has it:
    for benchmarks.
    """

    commit_seconds: float = 0.1
    commit_bytes: int = 2**20
    buffer_bytes: int = 16 * 2**20
    segment_bytes: int = 64 * 2**20
    segment_seconds: float = 600.0
    zstd_level: int = 3
    retry_seconds: float = 0.5
    sync: bool = True

    def __post_init__(self) -> None:
        """Check the values.

        Raises:
            ConfigurationError: one is not above zero, or the level is not zstd's.
        """
        names = (
            "commit_seconds",
            "commit_bytes",
            "buffer_bytes",
            "segment_bytes",
            "segment_seconds",
            "retry_seconds",
        )
        wrong = [name for name in names if not getattr(self, name) > 0]
        if wrong:
            raise ConfigurationError(f"a journal's {', '.join(wrong)} must be above zero")
        if not 1 <= self.zstd_level <= 19:
            raise ConfigurationError(f"a journal's zstd_level is 1 to 19, not {self.zstd_level}")


@dataclass(slots=True)
class JournalCounters:
    """What a writer has done since it was opened. Bytes of `frames` are payloads, of `written` what
    went to disk.

    `waits` counts appends that found the buffer full; `failures` commits that the disk refused;
    `streams` frames by stream. Commit seconds run from taking the bytes to the return of fsync.
    """

    frames: int = 0
    frame_bytes: int = 0
    written_bytes: int = 0
    buffered_bytes: int = 0
    commits: int = 0
    commit_seconds_last: float = 0.0
    commit_seconds_longest: float = 0.0
    commit_seconds_total: float = 0.0
    waits: int = 0
    failures: int = 0
    segments_sealed: int = 0
    seal_failures: int = 0
    streams: dict[str, int] = field(default_factory=dict)
