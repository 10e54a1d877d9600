"""Secrets out of what is logged or shown: by the name of a field, and by their shape in text.

Belongs here: what a secret looks like. Does not: where logs go (logs.py). Errors of libraries quote
URLs, headers and key files, so text is looked through too, not only fields with names of secrets.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

HIDDEN = "***"
_LOOKED_AT = 65_536  # characters of a text that are looked through; the rest is not shown
_SHOWN = 8_192  # characters of one text: a frame that somebody logs must not fill the disk
_DEEPEST = 6

_WORDS = (
    "password|passwd|pwd|passphrase|passcode|secret|token|authorization|auth|cookie|signature|credential|credentials"
    "|apikey|accesskey|secretkey|privatekey|pem"
)
_SECRET_WORDS = frozenset(_WORDS.split("|"))
# Names that end in `key` and hold none.
_PLAIN_KEYS = frozenset(
    {
        "routing_key",
        "partition_key",
        "run_key",
        "asset_key",
        "first_key",
        "last_key",
        "sort_key",
        "unique_key",
    }
)
_NAME = re.compile(r"[A-Z]?[a-z0-9]+|[A-Z]+(?![a-z])")

_PEM = re.compile(
    r"-----BEGIN [A-Z0-9 ]{1,40}-----.*?(?:-----END [A-Z0-9 ]{1,40}-----|\Z)", re.DOTALL
)
# Every repetition is bounded, or begins at a fixed word: hostile text must not cost more than its
# length. `user:password@` or `token@`; not the port and path of `wss://host:9443/ws/btcusdt@trade`,
# nor an IPv6 host.
_USERINFO = re.compile(
    r"([a-zA-Z0-9+.-]{1,20}://)(?!\[)"
    r"(?:[^\s'\"<>/@:]{0,256}:(?!\d+[/?])[^\s'\"<>]{0,512}|[^\s'\"<>/@:?#]{1,512})@"
)
_PAIR = re.compile(
    rf"(?i)((?:{_WORDS}|api[-_]key|access[-_]key|private[-_]key|secret[-_]key)[\w-]{{0,40}}"
    r"\\?[\"']?\s{0,8}(?:=|:(?!//))\s{0,8})"
    r"(?:(?:bearer|basic|digest)\s+)?"
    r"(?:\"(?:[^\"\\]|\\.)*+\"|'(?:[^'\\]|\\.)*+'|\\\"[^\"]*+\\\"|[^\s\"'&,;)}\]]+)"
)
_BEARER = re.compile(r"(?i)\b(bearer)\s{1,8}[A-Za-z0-9._~+/=-]{8,}")
_SHAPES = re.compile(r"\b(?:AKIA|ASIA)[A-Z0-9]{16}\b|(?<![\w-])eyJ[\w-]{8,}+\.[\w-]++\.[\w-]*+")


def is_secret_name(name: str) -> bool:
    """True if a field of this name holds a secret: `password`, `X-Auth-Token`, `secretAccessKey`,
    `key`, …
    """
    words = [word.lower() for word in _NAME.findall(name)]
    if "_".join(words) in _PLAIN_KEYS:
        return False
    return bool(words) and (
        words[-1] == "key" or not _SECRET_WORDS.isdisjoint(words) or words[-2:] == ["key", "id"]
    )


def redacted_text(text: str) -> str:
    """`text` without passwords in URLs, values beside names of secrets, PEM blocks, bearer tokens
    and signatures.

    Long text loses its middle: an error says what it is at its beginning, a traceback at its end.
    """
    hidden = _PEM.sub(HIDDEN, text[:_LOOKED_AT])
    hidden = _USERINFO.sub(rf"\1{HIDDEN}@", hidden)
    hidden = _PAIR.sub(rf"\1{HIDDEN}", hidden)
    hidden = _BEARER.sub(rf"\1 {HIDDEN}", hidden)
    hidden = _SHAPES.sub(HIDDEN, hidden)
    if len(hidden) <= _SHOWN and len(text) <= _LOOKED_AT:
        return hidden
    half = _SHOWN // 2
    return f"{hidden[:half]}… ({len(text)} characters) …{hidden[half:][-half:]}"


def redacted(value: Any, depth: int = 0) -> Any:  # noqa: PLR0911 - a rule per type
    """`value` with every secret in it hidden: mappings and sequences are gone through, other
    objects become text.
    """
    if value is None or isinstance(value, bool | int | float):
        return value
    if isinstance(value, str):
        return redacted_text(value)
    if hasattr(value, "get_secret_value"):
        return HIDDEN
    if depth >= _DEEPEST:
        return "…"
    if isinstance(value, Mapping):
        return {
            redacted_text(str(k)): redacted_field(str(k), v, depth + 1) for k, v in value.items()
        }
    if isinstance(value, list | tuple | set | frozenset):
        return [redacted(one, depth + 1) for one in value]
    return redacted_text(_text_of(value))


def _text_of(value: Any) -> str:
    if isinstance(value, bytes | bytearray | memoryview):
        return bytes(value[:_LOOKED_AT]).decode("utf-8", "backslashreplace")
    return str(value)


def redacted_field(name: str, value: Any, depth: int = 0) -> Any:
    """The value of a field called `name`; None stays: that a secret is not set is no secret."""
    return HIDDEN if value is not None and is_secret_name(name) else redacted(value, depth)
