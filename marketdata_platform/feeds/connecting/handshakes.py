"""Headers that a venue wants with the WebSocket handshake: signed ones where it asks for a key,
none elsewhere.

Belongs here: keys from the environment, read when a connection is made and never kept, logged or
noted. Does not: what is signed (venues.kalshi).
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Mapping
from pathlib import Path

from marketdata_platform.core.errors import ConfigurationError
from marketdata_platform.venues.kalshi.signing import handshake_headers

BINANCE_KEY = "MARKETDATA_BINANCE_API_KEY"
KEY_ID, PRIVATE_KEY = "MARKETDATA_KALSHI_KEY_ID", "MARKETDATA_KALSHI_PRIVATE_KEY"


def handshake_of(venue: str) -> Callable[[str], Mapping[str, str] | None]:
    """A function from a URL to the headers that its handshake needs."""
    return kalshi_headers if venue == "kalshi" else lambda url: None


def history_headers_of(venue: str) -> Callable[[str], Mapping[str, str] | None]:
    """A function from a URL to the headers that questions about the past need: Binance's futures
    want a key for them.

    `MARKETDATA_BINANCE_API_KEY` is such a key; one without any permission will do.
    """
    return _binance_headers if venue == "binance" else lambda url: None


def _binance_headers(url: str) -> Mapping[str, str] | None:
    key = os.environ.get(BINANCE_KEY, "")
    if key and not (key.isascii() and key.isalnum()):
        raise ConfigurationError(
            f"{BINANCE_KEY} holds more than letters and digits: it is no key of Binance's"
        )
    return {"X-MBX-APIKEY": key} if key else None


def kalshi_headers(url: str, method: str = "GET") -> Mapping[str, str] | None:
    """Signed headers; None without a key in the environment: Kalshi's public REST needs none.

    `MARKETDATA_KALSHI_KEY_ID` is the key's id, `MARKETDATA_KALSHI_PRIVATE_KEY` the RSA key: PEM
    text, or its file.

    Raises:
        ConfigurationError: only one of the two is set, or the key cannot be read; the message holds
            neither.
    """
    key_id, private = os.environ.get(KEY_ID, ""), os.environ.get(PRIVATE_KEY, "")
    if not key_id and not private:
        return None
    if not key_id or not private:
        raise ConfigurationError(f"{KEY_ID} and {PRIVATE_KEY} go together: one of them is not set")
    return handshake_headers(
        url, key_id, lambda message: _sign(private, message), time.time_ns() // 1_000_000, method
    )


def _sign(private: str, message: bytes) -> bytes:
    """RSA-PSS over SHA-256 with a salt as long as the digest."""
    from cryptography.exceptions import UnsupportedAlgorithm
    from cryptography.hazmat.primitives import hashes
    from cryptography.hazmat.primitives.asymmetric import padding
    from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
    from cryptography.hazmat.primitives.serialization import load_pem_private_key

    try:
        pem = (
            private.encode() if "-----BEGIN" in private else Path(private).expanduser().read_bytes()
        )
        key = load_pem_private_key(pem.replace(b"\\n", b"\n"), password=None)
    except (OSError, ValueError, TypeError, UnsupportedAlgorithm):
        key = None
    if not isinstance(key, RSAPrivateKey):
        raise ConfigurationError(
            f"{PRIVATE_KEY} is neither an RSA private key in PEM text nor a file that holds one"
        )
    return key.sign(
        message,
        padding.PSS(padding.MGF1(hashes.SHA256()), padding.PSS.DIGEST_LENGTH),
        hashes.SHA256(),
    )
