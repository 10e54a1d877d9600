"""Digests of files, and the CHECKSUM files that exchanges put beside their dumps."""

from __future__ import annotations

import hashlib
import re
from io import BufferedReader
from pathlib import Path

from marketdata_platform.core.errors import ChecksumMismatch

_LINE = re.compile(r"^([0-9a-fA-F]{64})\b[ *]*(.*)$", re.MULTILINE)
OK, MISSING, ALLOWED = "ok", "missing", "bad, allowed"


def sha256_of(file: BufferedReader) -> str:
    """The digest of the file's bytes, in one pass."""
    file.seek(0)
    return hashlib.file_digest(file, "sha256").hexdigest()


def verified(path: Path, sha256: str, allow_bad: bool) -> str:
    """Compare with `<file>.CHECKSUM` beside it: `ok`, `missing`, or `bad, allowed` when a wrong one
    is let pass.

    Raises:
        ChecksumMismatch: the digest is another, or none can be read from the CHECKSUM file, and
            `allow_bad` is not set.
    """
    beside = path.with_name(path.name + ".CHECKSUM")
    if not beside.is_file():
        return MISSING
    with beside.open(encoding="utf-8", errors="replace") as file:
        found = _LINE.findall(file.read(65536))
    named = [digest for digest, name in found if name.strip() == path.name] or [
        digest for digest, _ in found[:1]
    ]
    if named and named[0].lower() == sha256:
        return OK
    if allow_bad:
        return ALLOWED
    promised = f"promises {named[0].lower()}" if named else "holds no sha256"
    raise ChecksumMismatch(
        f"{path.name}: {beside.name} {promised}, the file has {sha256}. Exchanges have published "
        "wrong CHECKSUM files: "
        "download both again, or import it as it is with --allow-bad-checksum"
    )
