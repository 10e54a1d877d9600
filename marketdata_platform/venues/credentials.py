"""Keys that a venue wants: names of the environment variables, and what is made of their values.

Belongs here: the shape. Does not: any venue's own (its folder), the environment and files (feeds).
Values come in when a request is made; nothing here keeps or shows them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Secret:
    """One environment variable; `may_be_file`: its value may also be the path of a PEM file."""

    variable: str
    may_be_file: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class SignedRequest:
    """What is asked: HTTP method, whole URL, and the time in ms since 1970."""

    method: str
    url: str
    now_ms: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Credentials:
    """Secrets that go together, and the headers that they make.

    Args:
        secrets: all of them are set, or none.
        headers: values by variable, the request → headers. Raises ConfigurationError for values
            that are no such keys; its message holds none of them.
    """

    secrets: tuple[Secret, ...]
    headers: Callable[[Mapping[str, str], SignedRequest], Mapping[str, str]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Keys:
    """What a venue wants keys for; None: it wants none.

    Args:
        handshake: for the WebSocket handshake.
        history: for requests for history by REST.
    """

    handshake: Credentials | None
    history: Credentials | None

    @property
    def variables(self) -> Iterator[str]:
        """Names of all environment variables."""
        for credentials in (self.handshake, self.history):
            for secret in credentials.secrets if credentials is not None else ():
                yield secret.variable
