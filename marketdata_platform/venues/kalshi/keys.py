"""Kalshi's signed handshake: which keys it takes, what is signed, and the headers that carry it.

Belongs here: names of the variables, the message, the signature (RSA-PSS over SHA-256, salt as long
as the digest), the headers. Does not: reading the environment (feeds). Keys come in and are never
kept or shown.
"""

from __future__ import annotations

import base64
from collections.abc import Mapping
from urllib.parse import urlsplit

from marketdata_platform.core.errors import ConfigurationError
from marketdata_platform.venues.credentials import Credentials, Keys, Secret, SignedRequest

KEY_ID = "MARKETDATA_KALSHI_KEY_ID"
PRIVATE_KEY = "MARKETDATA_KALSHI_PRIVATE_KEY"


def _headers(values: Mapping[str, str], request: SignedRequest) -> Mapping[str, str]:
    """Time, method and path, without the query, are signed."""
    signed = f"{request.now_ms}{request.method}{urlsplit(request.url).path}".encode()
    signature = _sign(values[PRIVATE_KEY], signed)
    return {
        "KALSHI-ACCESS-KEY": values[KEY_ID],
        "KALSHI-ACCESS-TIMESTAMP": str(request.now_ms),
        "KALSHI-ACCESS-SIGNATURE": base64.b64encode(signature).decode("ascii"),
    }


def _sign(private: str, message: bytes) -> bytes:
    # Here, not above: a gatherer that records without a key must not load it.
    from cryptography.exceptions import UnsupportedAlgorithm
    from cryptography.hazmat.primitives import hashes
    from cryptography.hazmat.primitives.asymmetric import padding
    from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
    from cryptography.hazmat.primitives.serialization import load_pem_private_key

    try:
        key = load_pem_private_key(private.replace("\\n", "\n").encode(), password=None)
    except (ValueError, TypeError, UnsupportedAlgorithm):
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


KEYS = Keys(
    handshake=Credentials(
        secrets=(
            Secret(variable=KEY_ID, may_be_file=False),
            Secret(variable=PRIVATE_KEY, may_be_file=True),
        ),
        headers=_headers,
    ),
    history=None,  # its public REST needs no key
)
