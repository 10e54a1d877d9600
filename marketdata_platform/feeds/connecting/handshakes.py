"""Headers that a venue wants with the WebSocket handshake, and with requests for history.

Belongs here: keys from the environment, read when a connection is made and never kept, logged or
noted. Does not: which keys a venue takes and what is signed (venues).
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TypeAlias

from marketdata_platform.core.errors import ConfigurationError
from marketdata_platform.venues import venue_named
from marketdata_platform.venues.credentials import Credentials, SignedRequest

Headers: TypeAlias = Callable[[str], Mapping[str, str] | None]
"""URL → headers; None: the venue wants no key for it, or none is set."""

_PEM = "-----BEGIN"


def handshake_of(venue: str) -> Headers:
    """A function from a URL to the headers that its WebSocket handshake needs.

    Raises:
        ConfigurationError: nothing is known of the venue. The function raises it, too: only some of
            the variables are set, or a key cannot be read. No message holds a secret.
    """
    return _headers_by(venue_named(venue).keys.handshake)


def history_headers_of(venue: str) -> Headers:
    """A function from a URL to the headers that requests for history need.

    Raises:
        ConfigurationError: as `handshake_of`.
    """
    return _headers_by(venue_named(venue).keys.history)


def _headers_by(credentials: Credentials | None) -> Headers:
    def headers(url: str) -> Mapping[str, str] | None:
        values = _values(credentials) if credentials is not None else None
        if credentials is None or values is None:
            return None
        request = SignedRequest(method="GET", url=url, now_ms=time.time_ns() // 1_000_000)
        return credentials.headers(values, request)

    return headers


def _values(credentials: Credentials) -> Mapping[str, str] | None:
    """Secrets by variable; None: none of them is set, so the venue is asked without."""
    values = {one.variable: os.environ.get(one.variable, "") for one in credentials.secrets}
    if not any(values.values()):
        return None
    if not all(values.values()):
        raise ConfigurationError(f"{' and '.join(values)} go together: one of them is not set")
    for secret in credentials.secrets:
        if secret.may_be_file:
            values[secret.variable] = _text_of(values[secret.variable])
    return values


def _text_of(value: str) -> str:
    """PEM text as it is; else what the file of this name holds, if there is one."""
    if _PEM in value:
        return value
    try:
        return Path(value).expanduser().read_text()
    except (OSError, ValueError, RuntimeError):
        return value
