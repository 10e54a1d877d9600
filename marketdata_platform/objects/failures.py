"""What an object store's errors mean, in words that name the place and never hold a key or a
signature.

Belongs here: separating permanent from transient. Does not: retrying (obstore does, bucket.py sets
how often).

The text of an error of the library holds the store's whole answer, and that may hold an access key
id, a string to sign or a token. So only the answer's code and status are taken from it, and the
library's error is not chained.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager

from obstore.exceptions import BaseError

from marketdata_platform.core.errors import (
    ArchiveFrozen,
    ArchiveUnavailable,
    ConfigurationError,
    MarketDataError,
)

_CODE = re.compile(r"<Code>([A-Za-z0-9.]{1,64})</Code>")
_STATUS = re.compile(r"status code: (\d{3})")
_NO_KEY = {
    "InvalidAccessKeyId",
    "SignatureDoesNotMatch",
    "InvalidSecurity",
    "AuthorizationHeaderMalformed",
}
_EXPIRED = {"ExpiredToken", "InvalidToken", "TokenRefreshRequired", "RequestTimeTooSkewed"}


def code_of(error: BaseException) -> str:
    """The store's own code (`NoSuchKey`), else `HTTP 503`, else what went wrong with the
    connection.
    """
    text = str(error)
    if found := _CODE.search(text):
        return found[1]
    if found := _STATUS.search(text):
        return f"HTTP {found[1]}"
    lowered = text.lower()
    return (
        "timed out"
        if "timed out" in lowered or "timeout" in lowered.split("retry_timeout")[0]
        else "no answer"
    )


def meaning(error: BaseException, place: str, doing: str) -> MarketDataError:
    """The platform's error for one of the library."""
    return _meaning(code_of(error), place, doing)


def _meaning(code: str, place: str, doing: str) -> MarketDataError:
    if code == "NoSuchBucket":
        return ConfigurationError(
            f"{place}: there is no such bucket; make it, or correct archive.url"
        )
    if code in _NO_KEY:
        return ConfigurationError(
            f"{place}: the access key is not known there, or the secret or region is wrong "
            f"({code}); look at "
            "archive.access_key_id, archive.secret_access_key, archive.region or the AWS_… "
            "environment"
        )
    if code in _EXPIRED:
        return ConfigurationError(
            f"{place}: the credentials are not valid now ({code}): renew them, check the clock"
        )
    if code == "InvalidObjectState":
        return ArchiveFrozen(
            f"{place} is in a cold storage class (GLACIER) and must be thawed before it can be "
            "read: "
            "`marketdata restore --thaw 7`, and again some hours later"
        )
    if code in ("AccessDenied", "AllAccessDisabled", "HTTP 401", "HTTP 403"):
        return ConfigurationError(
            f"no permission to {doing} {place} ({code}): the key or role needs it"
        )
    return ArchiveUnavailable(
        f"cannot {doing} {place}: the object store says {code}; try again later"
    )


def missing(error: BaseException) -> bool:
    """True if the error only says that an object is not there."""
    return isinstance(error, FileNotFoundError) and code_of(error) != "NoSuchBucket"


@contextmanager
def object_errors(place: str, doing: str) -> Iterator[None]:
    """Raise the platform's error in place of the library's; `FileNotFoundError` of an object
    passes.
    """
    try:
        yield
    except (BaseError, FileNotFoundError, OSError) as error:
        if missing(error) or (
            isinstance(error, OSError) and not isinstance(error, FileNotFoundError)
        ):
            raise
        raise meaning(error, place, doing) from None


@contextmanager
def client_errors(place: str, doing: str) -> Iterator[None]:
    """The same for errors of the boto3 client."""
    from botocore.exceptions import BotoCoreError, ClientError

    try:
        yield
    except ClientError as error:
        code = str(error.response.get("Error", {}).get("Code", ""))
        code = f"HTTP {code}" if code.isdigit() else code
        raise _meaning(code, place, doing) from None
    except BotoCoreError as error:
        raise ArchiveUnavailable(
            f"cannot {doing} {place}: {type(error).__name__}; try again later"
        ) from None
