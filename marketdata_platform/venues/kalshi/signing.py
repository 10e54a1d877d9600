"""Kalshi's signed requests: what is signed, and the headers that carry it.

Belongs here: the message and the headers. Does not: keys (they come in, and are never kept or
shown), the signature itself (RSA-PSS over SHA-256, salt as long as the digest), which the caller's
`Signer` makes.
"""

from __future__ import annotations

import base64
from collections.abc import Callable
from typing import TypeAlias
from urllib.parse import urlsplit

Signer: TypeAlias = Callable[[bytes], bytes]  # message → RSA-PSS signature


def handshake_headers(
    url: str, key_id: str, sign: Signer, now_ms: int, method: str = "GET"
) -> dict[str, str]:
    """Headers of a request or of the WebSocket handshake: time, method and path (without a query)
    are signed.
    """
    path = urlsplit(url).path
    signature = sign(f"{now_ms}{method}{path}".encode())
    return {
        "KALSHI-ACCESS-KEY": key_id,
        "KALSHI-ACCESS-TIMESTAMP": str(now_ms),
        "KALSHI-ACCESS-SIGNATURE": base64.b64encode(signature).decode("ascii"),
    }
