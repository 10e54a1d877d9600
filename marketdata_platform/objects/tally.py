"""Chunks on their way into an object, counted and hashed.

Belongs here: whether they are one part or many. Does not: sending them (bucket).
"""

from __future__ import annotations

import hashlib
import io
from collections.abc import Iterable, Iterator


class Tally:
    """Chunks on their way, counted and hashed. Chunks that fit one part are uploaded as one object,
    without parts.
    """

    def __init__(self, chunks: Iterable[bytes], part_bytes: int) -> None:
        self.bytes = 0
        self.sha256 = hashlib.sha256()
        self.failed: BaseException | None = None
        self._chunks = iter(chunks)
        self._part_bytes = part_bytes
        self._held: list[bytes] = []

    def first(self) -> bytes | None:
        """Everything, when that is no more than one part; else None."""
        while self.bytes <= self._part_bytes:
            chunk = self._next()
            if chunk is None:
                whole = io.BytesIO()
                for held in self._held:
                    whole.write(held)
                return whole.getvalue()
            self._held.append(chunk)
        return None

    def __iter__(self) -> Iterator[bytes]:
        held, self._held = self._held, []
        yield from held
        while (chunk := self._next()) is not None:
            yield chunk

    def _next(self) -> bytes | None:
        try:
            chunk = next(self._chunks, None)
        except BaseException as error:
            self.failed = error
            raise
        if chunk is not None:
            self.sha256.update(chunk)
            self.bytes += len(chunk)
        return chunk
