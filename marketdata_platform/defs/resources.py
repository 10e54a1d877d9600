"""Resources: Dagster holds the configuration; the resource hands out our own platform object."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar

import dagster as dg
from pydantic import PrivateAttr

from marketdata_platform.platform import Platform, open_with
from marketdata_platform.settings import load_settings

Listener = Callable[[str, str, int], None]  # step, instrument, days done

# Dagster makes its own copy of a resource for each run; what a run in this process reports reaches the caller by this.
_LISTENER: ContextVar[Listener | None] = ContextVar("listener", default=None)


class PlatformResource(dg.ConfigurableResource):  # type: ignore[type-arg]
    """The platform at `root`; empty: where marketdata.toml and the environment say."""

    root: str = ""
    _platform: Platform | None = PrivateAttr(default=None)

    def platform(self) -> Platform:
        """The one platform of this process or run."""
        if self._platform is None:
            self._platform = open_with(load_settings(self.root or None))
        return self._platform


@contextmanager
def listening(listener: Listener | None) -> Iterator[None]:
    """While it is open, runs in this process report their progress to `listener`."""
    token = _LISTENER.set(listener)
    try:
        yield
    finally:
        _LISTENER.reset(token)


def progressed(step: str, instrument: str, days: int = 1) -> None:
    """Tell the listener, if there is one, that a step has done `days` more days."""
    listener = _LISTENER.get()
    if listener is not None:
        listener(step, instrument, days)
