"""What the decoding of REST answers has in common at all venues.

Belongs here: answers that give no rows. Does not: what an answer means (each venue's decode).
"""

from __future__ import annotations

from collections.abc import Sequence

from marketdata_platform.venues.kit.rows import Decoded
from marketdata_platform.venues.kit.streams import Stream

TIME = "time"
"""The route by which clocks are compared: its answers are counted, they give no rows."""


def without_rows(out: Decoded, stream: Stream, bodies: Sequence[bytes]) -> Decoded:
    """Answers of `TIME`, which are counted, or of a route that no decoder is known for: these are
    refused, and stay in quarantine with their bodies.
    """
    if stream.route == TIME:
        out.count(TIME, len(bodies))
        return out
    for number in range(len(bodies)):
        out.reject(number, f"no decoder is known for answers of {str(stream)[:120]!a}")
    return out
