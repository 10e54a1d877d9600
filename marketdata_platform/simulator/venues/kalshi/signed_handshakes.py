"""Kalshi's signed handshakes, checked with the public key that the exchange was given.

Belongs here: RSA-PSS over SHA-256 of time, method and path. Does not: making signatures.
"""

from __future__ import annotations

import base64
import time

from marketdata_platform.simulator.server.http_messages import Request, Response

_KEY, _TIME, _SIGNATURE = "kalshi-access-key", "kalshi-access-timestamp", "kalshi-access-signature"
_CLOCK_SECONDS = 3_700  # tests step the client's clock by an hour; the real exchange is stricter
_WHY = "authentication_error"
REFUSED = Response.json({"error": {"code": _WHY, "message": _WHY}}, 401)


def is_signed(pem: bytes, request: Request) -> bool:
    """True if the handshake is signed with the private key of this public one (PEM)."""
    from cryptography.exceptions import InvalidSignature
    from cryptography.hazmat.primitives import hashes
    from cryptography.hazmat.primitives.asymmetric import padding, rsa
    from cryptography.hazmat.primitives.serialization import load_pem_public_key

    moment, signature = request.headers.get(_TIME, ""), request.headers.get(_SIGNATURE, "")
    key = load_pem_public_key(pem)
    if (
        not request.headers.get(_KEY)
        or not moment.isdecimal()
        or not isinstance(key, rsa.RSAPublicKey)
    ):
        return False
    if abs(int(moment) / 1000 - time.time()) > _CLOCK_SECONDS:
        return False
    pss = padding.PSS(padding.MGF1(hashes.SHA256()), padding.PSS.DIGEST_LENGTH)
    try:
        key.verify(
            base64.b64decode(signature), f"{moment}GET{request.path}".encode(), pss, hashes.SHA256()
        )
    except (InvalidSignature, ValueError):
        return False
    return True
