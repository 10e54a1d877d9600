"""Which bucket, at which endpoint, with whose credentials.

Belongs here: reading `s3://bucket/prefix`, and finding credentials as AWS tools do. Does not:
requests (bucket.py).
"""

from __future__ import annotations

import os
import re
from dataclasses import dataclass
from typing import Any, Protocol

from marketdata_platform.core.errors import ConfigurationError

_BUCKET = re.compile(r"[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]")
_ENDPOINT = re.compile(r"https?://[^/@?#\s]+/?")


class SecretText(Protocol):
    """A value that does not show itself."""

    def get_secret_value(self) -> str:
        """The value."""
        ...


class ObjectOptions(Protocol):
    """How an object store is reached; the configuration's `[archive]` section is one."""

    @property
    def endpoint(self) -> str | None:
        """`http(s)://host:port`; None: the environment's or profile's, else AWS."""

    @property
    def region(self) -> str | None:
        """None: the environment's or profile's, else us-east-1."""

    @property
    def path_style(self) -> bool:
        """`endpoint/bucket/key` instead of `bucket.endpoint/key`."""

    @property
    def access_key_id(self) -> SecretText | None:
        """None: the environment's, the profile's, or the role's."""

    @property
    def secret_access_key(self) -> SecretText | None:
        """Goes with `access_key_id`."""

    @property
    def session_token(self) -> SecretText | None:
        """Of temporary credentials."""

    @property
    def part_bytes(self) -> int:
        """Bytes of one part of a multipart upload, and of one ranged read."""

    @property
    def timeout_seconds(self) -> float:
        """How long one request may take."""

    @property
    def retries(self) -> int:
        """How often a request is tried again."""


@dataclass(frozen=True, slots=True)
class Address:
    """A place in an object store; `prefix` has no slash at its ends and may be empty."""

    bucket: str
    prefix: str

    def __str__(self) -> str:
        return f"s3://{self.bucket}/{self.prefix}".rstrip("/")


def parse_address(url: str) -> Address:
    """Read `s3://bucket/prefix`.

    Raises:
        ConfigurationError: it is none, or holds what looks like credentials; it is not shown then.
    """
    scheme, separator, rest = url.partition("://")
    if scheme != "s3" or not separator:
        raise ConfigurationError("an object store's address is s3://bucket/prefix")
    bucket, _, prefix = rest.partition("/")
    if "@" in bucket:
        raise ConfigurationError(
            "credentials do not belong into s3://…: use archive.access_key_id or the environment"
        )
    if not _BUCKET.fullmatch(bucket):
        raise ConfigurationError(
            f"s3://{bucket[:63]!a} names no bucket: 3 to 63 of a-z, 0-9, '.' and '-'"
        )
    parts = [part for part in prefix.split("/") if part]
    if any(part in (".", "..") for part in parts):
        raise ConfigurationError(f"the prefix of s3://{bucket}/… must not hold '.' or '..'")
    return Address(bucket, "/".join(parts))


def aws_session(options: ObjectOptions) -> Any:
    """A boto3 session with the given keys, else with what AWS tools would find."""
    import boto3  # 0.3 s: only where an object store is used

    key, secret = options.access_key_id, options.secret_access_key
    if (key is None) != (secret is None):
        raise ConfigurationError(
            "archive.access_key_id and archive.secret_access_key go together: set both or neither"
        )
    if key is None or secret is None:
        return _session_of_environment(boto3)
    token = options.session_token
    return boto3.Session(
        aws_access_key_id=key.get_secret_value(),
        aws_secret_access_key=secret.get_secret_value(),
        aws_session_token=token.get_secret_value() if token else None,
    )


def _session_of_environment(boto3: Any) -> Any:
    from botocore.exceptions import BotoCoreError

    try:
        session = boto3.Session()
        found = session.get_credentials()
    except BotoCoreError as error:
        raise ConfigurationError(
            f"AWS credentials cannot be read: {type(error).__name__}: {error}"
        ) from None
    if found is None:
        raise ConfigurationError(
            "no AWS credentials are found: set archive.access_key_id and "
            "archive.secret_access_key, "
            "AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, AWS_PROFILE, or give this machine a role"
        )
    return session


def endpoint_of(options: ObjectOptions, session: Any) -> str | None:
    """The endpoint to talk to, None for AWS itself: configured, of the environment, or of the
    profile.

    Raises:
        ConfigurationError: it is no `http(s)://host:port`, or holds credentials.
    """
    profile = session._session.get_scoped_config() if hasattr(session, "_session") else {}
    found = (
        options.endpoint
        or os.environ.get("AWS_ENDPOINT_URL_S3")
        or os.environ.get("AWS_ENDPOINT_URL")
        or profile.get("endpoint_url")
    )
    if not found:
        return None
    if not _ENDPOINT.fullmatch(found):
        raise ConfigurationError(
            "archive.endpoint must be http://host:port or https://host:port, without credentials"
        )
    return str(found).rstrip("/")


def region_of(options: ObjectOptions, session: Any) -> str:
    """The region: configured, of the environment, of the profile, else us-east-1."""
    return str(options.region or session.region_name or os.environ.get("AWS_REGION") or "us-east-1")
