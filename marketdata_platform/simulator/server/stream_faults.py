"""What can go wrong between an exchange and a recorder, on demand.

Belongs here: the list of faults, reading it from text. Does not: doing it to a connection
(client_session). Probabilities are of each message of each connection; redundant recorders so lose
different ones.
"""

from __future__ import annotations

from dataclasses import dataclass, fields, replace
from typing import Any

from marketdata_platform.core.errors import ConfigurationError


@dataclass(frozen=True, slots=True)
class StreamFaults:
    """Faults of live streams and REST; the default is none.

    `drop`, `duplicate`, `corrupt`, `unknown` (a message of a type that nobody knows comes too),
    `new_fields` (the message has fields that nobody knows), `nested` (a deeply nested frame comes
    too), `huge` (a frame of `huge_bytes` comes too): probability per message. `reorder`:
    probability that a message comes up to `reorder_within` messages late; `delay`: that it comes
    up to `delay_seconds` late. `stall`: mean seconds between silences of `stall_seconds`;
    `disconnect`: mean seconds between cuts (half of them without a closing frame); 0: never.
    `handshake_429`, `rest_429`: probability that a handshake, a request is answered 429;
    `rest_slow`: seconds that answers take at most. `drop_everywhere`: probability that a run of 1
    to 5 trades goes to no connection at all; REST history has them, unless `irreparable`. `dead`:
    instruments (a symbol or `venue:market:symbol`; in text `dead=…` may stand several times) that
    are delisted, for good.
    """

    drop: float = 0.0
    duplicate: float = 0.0
    corrupt: float = 0.0
    reorder: float = 0.0
    delay: float = 0.0
    unknown: float = 0.0
    new_fields: float = 0.0
    nested: float = 0.0
    huge: float = 0.0
    drop_everywhere: float = 0.0
    handshake_429: float = 0.0
    rest_429: float = 0.0
    reorder_within: int = 8
    delay_seconds: float = 2.0
    huge_bytes: int = 50 * 2**20
    nested_levels: int = 100_000
    stall: float = 0.0
    stall_seconds: float = 5.0
    disconnect: float = 0.0
    rest_slow: float = 0.0
    irreparable: bool = False
    dead: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        for name in PROBABILITIES:
            if not 0.0 <= getattr(self, name) <= 1.0:
                raise ConfigurationError(
                    f"fault {name}={getattr(self, name)} is a probability: 0 to 1"
                )
        for name in (
            "reorder_within",
            "delay_seconds",
            "huge_bytes",
            "nested_levels",
            "stall",
            "stall_seconds",
        ):
            if getattr(self, name) < 0:
                raise ConfigurationError(
                    f"fault {name}={getattr(self, name)} must not be below zero"
                )
        if sum(getattr(self, name) for name in PER_MESSAGE) > 1.0:
            raise ConfigurationError(
                f"the probabilities of {', '.join(PER_MESSAGE)} add up to more than 1"
            )

    @property
    def of_messages(self) -> bool:
        """True if any message may be meddled with."""
        return any(getattr(self, name) for name in PER_MESSAGE)


# In this order one random number is held against their sum.
PER_MESSAGE = (
    "drop",
    "duplicate",
    "corrupt",
    "reorder",
    "delay",
    "unknown",
    "new_fields",
    "nested",
    "huge",
)
PROBABILITIES = (*PER_MESSAGE, "drop_everywhere", "handshake_429", "rest_429")
NO_STREAM_FAULTS = StreamFaults()


def parse_faults(text: str, base: StreamFaults = NO_STREAM_FAULTS) -> StreamFaults:
    """Read `drop=0.01,duplicate=2%,disconnect=30s,irreparable`; what is not named stays as in
    `base`.

    Raises:
        ConfigurationError: a name is not known or a value is none; the message lists the names.
    """
    kinds = {field.name: type(getattr(base, field.name)) for field in fields(StreamFaults)}
    given: dict[str, Any] = {}
    for part in filter(None, (p.strip() for p in text.split(","))):
        name, _, value = part.partition("=")
        name = name.strip().replace("-", "_")
        if name not in kinds:
            raise ConfigurationError(
                f"no fault is called {name[:40]!a}; there are {', '.join(kinds)}"
            )
        if kinds[name] is tuple:
            given[name] = (*given.get(name, ()), _symbol(name, value.strip()))
        else:
            given[name] = _value(name, value.strip(), kinds[name])
    return replace(base, **given)


def _symbol(name: str, text: str) -> str:
    if not text:
        raise ConfigurationError(f"fault {name} names an instrument: {name}=BTCUSDT")
    return text


def _value(name: str, text: str, kind: type) -> Any:
    if kind is bool:
        if text.lower() in ("", "1", "true", "yes"):
            return True
        if text.lower() in ("0", "false", "no"):
            return False
        raise ConfigurationError(f"fault {name} is true or false, not {text[:20]!a}")
    try:
        number = float(text.removesuffix("%").removesuffix("s"))
    except ValueError:
        raise ConfigurationError(
            f"fault {name}={text[:20]!a} is no number (0.01, 1%, 30s)"
        ) from None
    number = number / 100 if text.endswith("%") else number
    if number != number or number in (float("inf"), float("-inf")):
        raise ConfigurationError(f"fault {name}={text[:20]!a} is no finite number")
    return int(number) if kind is int else number
