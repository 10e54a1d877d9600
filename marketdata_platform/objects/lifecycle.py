"""Lifecycle rules of a bucket: ours set, everybody else's kept.

Belongs here: reading, merging and writing a bucket's rules. Does not: which rules there are
(archive/lifecycle.py).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from botocore.exceptions import ClientError

from marketdata_platform.objects.bucket import Bucket
from marketdata_platform.objects.failures import client_errors

Rule = dict[str, Any]


@dataclass(frozen=True, slots=True)
class RuleChange:
    """One of our rules: as it should be, and as it is (None: it is missing)."""

    wanted: Rule
    present: Rule | None

    @property
    def differs(self) -> bool:
        """True if applying would change something."""
        return self.present != self.wanted


def planned(bucket: Bucket, wanted: list[Rule]) -> tuple[list[RuleChange], list[Rule]]:
    """Our rules beside what is set, by their `ID`; and the rules of others, which stay as they
    are.
    """
    present = _present(bucket)
    ours = {rule["ID"] for rule in wanted}
    by_id = {rule.get("ID"): rule for rule in present}
    changes = [RuleChange(rule, by_id.get(rule["ID"])) for rule in wanted]
    return changes, [rule for rule in present if rule.get("ID") not in ours]


def apply(bucket: Bucket, wanted: list[Rule]) -> None:
    """Set our rules. S3 replaces all rules of a bucket at once, so others' are sent along as they
    were read.
    """
    _, others = planned(bucket, wanted)
    with client_errors(str(bucket.address), "set lifecycle rules of"):
        bucket.client.put_bucket_lifecycle_configuration(
            Bucket=bucket.address.bucket, LifecycleConfiguration={"Rules": [*others, *wanted]}
        )


def _present(bucket: Bucket) -> list[Rule]:
    with client_errors(str(bucket.address), "read lifecycle rules of"):
        try:
            found = bucket.client.get_bucket_lifecycle_configuration(Bucket=bucket.address.bucket)
        except ClientError as error:
            if error.response.get("Error", {}).get("Code") == "NoSuchLifecycleConfiguration":
                return []
            raise
    return list(found.get("Rules", []))
