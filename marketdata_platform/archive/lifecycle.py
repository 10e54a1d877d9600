"""Which storage class each tier of the archive moves to, and when.

Belongs here: the rules. Does not: setting them in a bucket (objects/lifecycle.py).

Manifests stay where they are: an archive whose manifests had to be thawed could not be listed. S3
distinguishes objects by size, so rules begin above 128 KiB, below which colder classes cost more,
too.
"""

from __future__ import annotations

from typing import Any

SMALLEST_BYTES = 128 * 2**10
RAW_DAYS, PROCESSED_DAYS, ABORT_DAYS = 30, 90, 7


def lifecycle_rules(prefix: str) -> list[dict[str, Any]]:
    """raw → GLACIER after 30 days, processed → STANDARD_IA after 90, aggregates stay; unfinished
    uploads go after 7.

    `prefix` is the archive's in its bucket; each rule's ID begins with it, so that several archives
    share a bucket.
    """
    start = f"{prefix}/" if prefix else ""
    name = f"marketdata:{prefix}:"
    return [
        _moved(f"{name}raw-to-glacier", f"{start}raw/", RAW_DAYS, "GLACIER"),
        _moved(f"{name}processed-to-ia", f"{start}processed/", PROCESSED_DAYS, "STANDARD_IA"),
        {
            "ID": f"{name}abort-uploads",
            "Status": "Enabled",
            "Filter": {"Prefix": start},
            "AbortIncompleteMultipartUpload": {"DaysAfterInitiation": ABORT_DAYS},
        },
    ]


def _moved(name: str, prefix: str, days: int, storage_class: str) -> dict[str, Any]:
    return {
        "ID": name,
        "Status": "Enabled",
        "Filter": {"And": {"Prefix": prefix, "ObjectSizeGreaterThan": SMALLEST_BYTES}},
        "Transitions": [{"Days": days, "StorageClass": storage_class}],
    }
