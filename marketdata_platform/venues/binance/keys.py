"""Binance: the key that its REST history wants.

Belongs here: the variable's name, and the header. Does not: reading the environment (feeds).
"""

from __future__ import annotations

from collections.abc import Mapping

from marketdata_platform.core.errors import ConfigurationError
from marketdata_platform.venues.credentials import Credentials, Keys, Secret, SignedRequest

API_KEY = "MARKETDATA_BINANCE_API_KEY"


def _headers(values: Mapping[str, str], request: SignedRequest) -> Mapping[str, str]:
    key = values[API_KEY]
    if not (key.isascii() and key.isalnum()):
        raise ConfigurationError(
            f"{API_KEY} holds more than letters and digits: it is no key of Binance's"
        )
    return {"X-MBX-APIKEY": key}


# Futures want a key for older trades; one without any permission will do.
KEYS = Keys(
    handshake=None,
    history=Credentials(secrets=(Secret(variable=API_KEY, may_be_file=False),), headers=_headers),
)
