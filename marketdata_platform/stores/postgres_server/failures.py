"""What PostgreSQL's errors mean to a caller, in words without a secret.

Belongs here: classes of errors, and taking passwords out of messages. Does not: trying again
(postgres_pool).
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
# Before a session is there the server's code is not handed on: only its text tells.
_NOT_LET_IN = (
    "password",
    "authentication",
    "pg_hba.conf",
    "is not permitted to log in",
    "permission denied for database",
)
_NOT_THERE = re.compile(r'(database|role) "[^"]*" does not exist')
_CORRUPT = (errors.DataCorrupted, errors.IndexCorrupted)
_NOT_ALLOWED = (
    errors.InsufficientPrivilege,
    errors.InvalidPassword,
    errors.InvalidAuthorizationSpecification,
)
_NOT_MADE = (
    errors.UndefinedTable,
    errors.UndefinedColumn,
    errors.InvalidSchemaName,
    errors.UndefinedFunction,
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
    """The platform's error for one of the driver."""
    text = scrubbed(str(error), secrets)
    if isinstance(error, _CORRUPT):
        return StoreCorrupt(
            f"PostgreSQL found damage: {text}; restore from the archive or a backup"
        )
    if isinstance(error, _NOT_ALLOWED):
        return ConfigurationError(
            f"PostgreSQL does not allow it: {text}; check the role and its grants"
        )
    if isinstance(error, _NOT_MADE):
        return ConfigurationError(
            f"the database's tables are not those of this version: {text}; run `marketdata migrate`"
        )
    if isinstance(error, errors.InvalidCatalogName) or _NOT_THERE.search(text):
        return ConfigurationError(
            f"PostgreSQL has not what store.url names: {text}; create it, or mend the URL"
        )
    if isinstance(error, errors.LockNotAvailable):
        return StoreUnavailable(f"another writer kept a lock for longer than the timeout: {text}")
    if isinstance(
        error, psycopg.OperationalError | psycopg.InterfaceError | errors.ReadOnlySqlTransaction
    ):
        if error.sqlstate is None and any(word in text for word in _NOT_LET_IN):
            return ConfigurationError(
                f"PostgreSQL does not let us in: {text}; check store.url, its user and password"
            )
        return StoreUnavailable(f"PostgreSQL: {text}")
    return InvalidInput(f"PostgreSQL refused it: {text}")


def worth_trying_again(error: psycopg.Error) -> bool:
    """Whether the same transaction may succeed at once or in a moment: the connection went, or
    another one won.

    A full disk, a statement that takes too long or a lock that is held would only be met again.
    """
    if isinstance(error, _AT_ONCE):
        return True
    return (
        isinstance(error, psycopg.OperationalError | psycopg.InterfaceError)
        and error.sqlstate is None
    )
