"""What a venue says when it refuses: status, and for how long to stay away.

Belongs here: the error and the reading of Retry-After. Does not: waiting (limits.py).
"""

from __future__ import annotations

from marketdata_platform.core.errors import VenueUnavailable

TOO_MANY = frozenset({418, 429})  # 418: a ban of an address that went on after a 429
_LONGEST_SECONDS = 3 * 86_400.0  # bans last for up to three days


class VenueRefusal(VenueUnavailable):
    """The venue answered with an HTTP status that is no success. The message holds no header and no
    URL.
    """

    def __init__(self, status: int, retry_after: float | None = None, body: str = "") -> None:
        text = "".join(c if c.isprintable() else " " for c in body)[:120].strip()
        wait = f"; it asks to wait {retry_after:g} s" if retry_after is not None else ""
        super().__init__(f"the venue answered HTTP {status}{wait}{f': {text}' if text else ''}")
        self.status = status
        self.retry_after = retry_after

    @property
    def too_many(self) -> bool:
        """True if limits are used up."""
        return self.status in TOO_MANY


def retry_after_seconds(value: str | None) -> float | None:
    """Seconds of a Retry-After header; None where there is none, or a date, which no venue
    sends.
    """
    try:
        seconds = float(value) if value is not None else -1.0
    except ValueError:
        return None
    return min(seconds, _LONGEST_SECONDS) if seconds >= 0 else None
