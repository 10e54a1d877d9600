"""Clients of an object store, as the configuration wants them: how long they wait, how often they
try again.

Belongs here: making clients. Does not: addresses and credentials (address), requests (bucket).
"""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from obstore.store import S3Store

from marketdata_platform.objects.address import (
    Address,
    ObjectOptions,
    endpoint_of,
    region_of,
)

_CONNECT = timedelta(seconds=5)


def s3_client(options: ObjectOptions, session: Any) -> Any:
    """A boto3 client, for what is no reading or writing."""
    from botocore.config import Config

    return session.client(
        "s3",
        endpoint_url=endpoint_of(options, session),
        region_name=region_of(options, session),
        config=Config(
            connect_timeout=options.timeout_seconds,
            read_timeout=options.timeout_seconds,
            retries={"max_attempts": options.retries + 1, "mode": "standard"},
            s3={"addressing_style": "path" if options.path_style else "virtual"},
        ),
    )


def s3_store(address: Address, options: ObjectOptions, session: Any) -> S3Store:
    """The objects below `address`, for reading and writing; nothing is connected yet."""
    from obstore.auth.boto3 import Boto3CredentialProvider

    endpoint = endpoint_of(options, session)
    wait = timedelta(seconds=options.timeout_seconds)
    if endpoint is not None and not options.path_style:
        scheme, _, host = endpoint.partition("://")
        endpoint = f"{scheme}://{address.bucket}.{host}"
    return S3Store(
        address.bucket,
        prefix=address.prefix or None,
        config={
            "region": region_of(options, session),
            "virtual_hosted_style_request": not options.path_style,
            **({"endpoint": endpoint} if endpoint else {}),
        },
        client_options={
            "allow_http": endpoint is not None and endpoint.startswith("http://"),
            "timeout": wait,
            "connect_timeout": min(wait, _CONNECT),
        },
        retry_config={
            "max_retries": options.retries,
            "backoff": {
                "init_backoff": timedelta(milliseconds=100),
                "max_backoff": timedelta(seconds=5),
                "base": 2,
            },
            "retry_timeout": (wait + timedelta(seconds=5)) * (options.retries + 1),
        },
        credential_provider=Boto3CredentialProvider(session),
    )
