"""Dagster's own S3 resource as the archive's credentials: one place for keys where a deployment has
one already.

Belongs here: from `dagster_aws.s3.S3Resource` to settings. Does not: the archive
(archive/object_store.py).
"""

import boto3
from dagster_aws.s3 import S3Resource
from pydantic import SecretStr

from marketdata_platform.core.errors import ConfigurationError
from marketdata_platform.settings import Settings


def with_s3(settings: Settings, s3: S3Resource) -> Settings:
    """The settings with endpoint, region and credentials of `s3` where `[archive]` leaves them out.

    Keys of the resource, else those of its profile; with neither, the archive looks for them as AWS
    tools do.

    Raises:
        ConfigurationError: the resource's profile has no credentials.
    """
    section = settings.archive
    found: dict[str, object] = {
        "endpoint": section.endpoint or s3.endpoint_url,
        "region": section.region or s3.region_name,
    }
    if section.access_key_id is None:
        found |= _keys(s3)
    return settings.model_copy(update={"archive": section.model_copy(update=found)})


def _keys(s3: S3Resource) -> dict[str, object]:
    key, secret, token = s3.aws_access_key_id, s3.aws_secret_access_key, s3.aws_session_token
    if key is None and s3.profile_name is not None:
        credentials = boto3.Session(profile_name=s3.profile_name).get_credentials()
        if credentials is None:
            raise ConfigurationError(f"the AWS profile {s3.profile_name} has no credentials")
        frozen = credentials.get_frozen_credentials()
        key, secret, token = frozen.access_key, frozen.secret_key, frozen.token
    if key is None or secret is None:
        return {}
    return {
        "access_key_id": SecretStr(key),
        "secret_access_key": SecretStr(secret),
        "session_token": SecretStr(token) if token else None,
    }
