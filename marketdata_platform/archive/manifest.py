"""The manifest as JSON: written last, and read with suspicion.

Belongs here: the text form of `Manifest`. Does not: where it lies, or whether the data agrees with
it.
"""

from __future__ import annotations

import json
import types
import typing
from dataclasses import asdict, fields

from marketdata_platform.core.errors import ArchiveMismatch
from marketdata_platform.workflows.ports import Manifest, Partition

FORMAT = 1


def manifest_json(manifest: Manifest) -> bytes:
    """UTF-8 JSON, one field per line in the order of the dataclass, so that two manifests can be
    compared by eye.
    """
    content = {"format": FORMAT, **asdict(manifest)}
    if manifest.hour is None:
        del content["hour"]  # a day's manifest reads as it did before there were hours
    return (json.dumps(content, indent=2, ensure_ascii=False) + "\n").encode()


def manifest_from_json(text: bytes, partition: Partition, where: str) -> Manifest:
    """The manifest that `text` holds.

    Raises:
        ArchiveMismatch: when it is not a manifest, or is one of another partition than the one it
            lies in.
    """
    try:
        content = json.loads(text)
    except ValueError as error:
        raise ArchiveMismatch(
            f"manifest {where} is not JSON ({error}): archive the day again with force"
        ) from None
    if not isinstance(content, dict) or content.pop("format", None) != FORMAT:
        raise ArchiveMismatch(
            f"manifest {where} is not of format {FORMAT}: archive the day again with force"
        )
    content.setdefault("hour", None)
    kinds = typing.get_type_hints(Manifest)
    if set(content) != set(kinds) or not all(
        _is(content[f.name], kinds[f.name]) for f in fields(Manifest)
    ):
        raise ArchiveMismatch(
            f"manifest {where} lacks fields or has wrong ones: archive the day again with force"
        )
    manifest = Manifest(**content)
    if (manifest.dataset, manifest.instrument, manifest.day, manifest.hour) != _names(partition):
        raise ArchiveMismatch(
            f"manifest {where} speaks of {manifest.dataset} {manifest.instrument} {manifest.day}"
        )
    return manifest


def _names(partition: Partition) -> tuple[str, str, str, int | None]:
    return partition.dataset, str(partition.instrument), partition.day.isoformat(), partition.hour


def _is(value: object, kind: object) -> bool:
    allowed = typing.get_args(kind) if isinstance(kind, types.UnionType) else (kind,)
    return type(value) in allowed
