"""One small message of every kind that each venue sends, by WebSocket and by REST, from the venue's
own `every_frame.py`: what fuzzing begins from.

`GOOD`: one trade by routing key. `FRAMES`: messages by routing key. `ANSWERS`: an answer by venue,
market and route. `ERRORS`: an answer that is an error, by venue.
"""

import json
from typing import Any

from marketdata_platform_tests.venues.examples import part_of_every_venue

_PARTS = part_of_every_venue("every_frame")
GOOD: dict[str, Any] = {}
FRAMES: dict[str, list[Any]] = {}
ANSWERS: dict[tuple[str, str, str], Any] = {}
for _venue, _part in _PARTS.items():
    GOOD |= _part.GOOD
    FRAMES |= _part.FRAMES
    ANSWERS |= {(_venue, *where): answer for where, answer in _part.ANSWERS.items()}
ERRORS = {name: part.ERROR for name, part in _PARTS.items()}
KEYS = sorted(GOOD)


def written(message):
    """A message as a venue writes it."""
    return json.dumps(message, separators=(",", ":")).encode()
