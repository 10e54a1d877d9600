"""What PostgreSQL's errors mean to a caller, in words without a secret.

Belongs here: classes of errors, and taking passwords out of messages. Does not: trying again
(engine).
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from urllib.parse import quote, unquote

import psycopg
from psycopg import errors

from marketdata_platform.core.errors import (
    ConfigurationError,
    InvalidInput,
    MarketDataError,
    StoreCorrupt,
    StoreUnavailable,
)

_IN_URL = re.compile(r"(\w+://[^\s:/@]*):[^\s@]*@")
_IN_WORDS = re.compile(r"(?i)\b(password|passwd|sslpassword)\s*=\s*('[^']*'|\S+)")
# Before a session is there the server's code is not handed on: only its text says it.
_NOT_LET_IN = (
    "password",
    "authentication",
    "pg_hba.conf",
    "is not permitted to log in",
    "permission denied for database",
)
_NOT_THERE = re.compile(r'(database|role) "[^"]*" does not exist')
_MISSING = "PostgreSQL has not what store.url names: {}; create it, or mend the URL"
# Classes of the driver's errors, what they are to us, and in which words; the first that fits.
_MEANINGS: tuple[tuple[tuple[type[psycopg.Error], ...], type[MarketDataError], str], ...] = (
    (
        (errors.DataCorrupted, errors.IndexCorrupted),
        StoreCorrupt,
        "PostgreSQL found damage: {}; restore from the archive or a backup",
    ),
    (
        (
            errors.InsufficientPrivilege,
            errors.InvalidPassword,
            errors.InvalidAuthorizationSpecification,
        ),
        ConfigurationError,
        "PostgreSQL does not allow it: {}; check the role and its grants",
    ),
    (
        (
            errors.UndefinedTable,
            errors.UndefinedColumn,
            errors.InvalidSchemaName,
            errors.UndefinedFunction,
        ),
        ConfigurationError,
        "the database's tables are not those of this version: {}; run `marketdata migrate`",
    ),
    ((errors.InvalidCatalogName,), ConfigurationError, _MISSING),
    (
        (errors.LockNotAvailable,),
        StoreUnavailable,
        "another writer kept a lock for longer than the timeout: {}",
    ),
)
_NO_SERVICE = (
    psycopg.OperationalError,
    psycopg.InterfaceError,
    errors.ReadOnlySqlTransaction,
)
_AT_ONCE = (
    errors.DeadlockDetected,
    errors.SerializationFailure,
    errors.AdminShutdown,
    errors.CrashShutdown,
    errors.CannotConnectNow,
    errors.IdleInTransactionSessionTimeout,
)


def scrubbed(text: str, secrets: Iterable[str] = ()) -> str:
    """`text` on one line without passwords: those that are known, and what looks like one."""
    for secret in secrets:
        for form in {secret, quote(secret), quote(secret, safe=""), unquote(secret)}:
            text = text.replace(form, "***") if form else text
    text = _IN_WORDS.sub(r"\1=***", _IN_URL.sub(r"\1:***@", text))
    return " ".join(text.split())


def as_ours(error: psycopg.Error, secrets: Iterable[str] = ()) -> MarketDataError:
    """The platform's error for one of the driver, without `secrets`."""
    text = scrubbed(str(error), secrets)
    for kinds, ours, words in _MEANINGS:
        if isinstance(error, kinds):
            return ours(words.format(text))
    if _NOT_THERE.search(text):
        return ConfigurationError(_MISSING.format(text))
    if isinstance(error, _NO_SERVICE):
        if error.sqlstate is None and any(word in text for word in _NOT_LET_IN):
            return ConfigurationError(
                f"PostgreSQL does not let us in: {text}; check store.url, its user and password"
            )
        return StoreUnavailable(f"PostgreSQL: {text}")
    return InvalidInput(f"PostgreSQL refused it: {text}")


def worth_trying_again(error: psycopg.Error) -> bool:
    """True if the same transaction may succeed at once or in a moment: the connection went, or
    another one won.

    A full disk, a statement that takes too long or a lock that is held would only be met again.
    """
    if isinstance(error, _AT_ONCE):
        return True
    return (
        isinstance(error, psycopg.OperationalError | psycopg.InterfaceError)
        and error.sqlstate is None
    )
