"""Resources: Dagster holds the configuration; the resource hands out our own platform object."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar

import dagster as dg
from pydantic import PrivateAttr

from marketdata_platform.platform import Platform, open_with
from marketdata_platform.settings import Settings, load_settings

Listener = Callable[[str, str, int], None]  # step, instrument, days done

_LOOK_SECONDS = 5.0

# Dagster makes its own copy of a resource for each run; what a run in this process reports reaches
# the caller by this.
_LISTENER: ContextVar[Listener | None] = ContextVar("listener", default=None)


class PlatformResource(dg.ConfigurableResource):  # type: ignore[type-arg]
    """The platform at `root`; empty: where marketdata.toml and the environment say."""

    root: str = ""
    _platform: Platform | None = PrivateAttr(default=None)

    def settings(self) -> Settings:
        """The configuration alone: what a sensor needs that must not open the store."""
        return load_settings(self.root or None)

    def platform(self) -> Platform:
        """The one platform of this process or run."""
        if self._platform is None:
            self._platform = open_with(self.settings())
        return self._platform

    @contextmanager
    def briefly(self) -> Iterator[Platform]:
        """A platform for one look of a sensor: it waits for no lock of the store longer than a tick
        may take.

        Raises (in the block):
            StoreLocked, StoreUnavailable: the store is busy; the next tick will do.
        """
        settings = self.settings()
        store = settings.store.model_copy(
            update={
                "lock_timeout_seconds": min(_LOOK_SECONDS, settings.store.lock_timeout_seconds),
                "connect_timeout_seconds": min(
                    _LOOK_SECONDS, settings.store.connect_timeout_seconds
                ),
            }
        )
        opened = open_with(settings.model_copy(update={"store": store}))
        try:
            yield opened
        finally:
            opened.store.close()


@contextmanager
def listening(listener: Listener | None) -> Iterator[None]:
    """While it is open, runs in this process report their progress to `listener`."""
    token = _LISTENER.set(listener)
    try:
        yield
    finally:
        _LISTENER.reset(token)


def progressed(step: str, instrument: str, days: int = 1) -> None:
    """Report to the listener, if there is one, that a step has done `days` more days."""
    listener = _LISTENER.get()
    if listener is not None:
        listener(step, instrument, days)
