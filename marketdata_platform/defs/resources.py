"""Resources: Dagster holds the configuration; the resource hands out our own platform object."""

from collections.abc import Callable

import dagster as dg
from pydantic import PrivateAttr

from marketdata_platform.platform import Platform, open_with
from marketdata_platform.settings import load_settings

Listener = Callable[[str, str, int], None]  # asset, instrument, days done


class PlatformResource(dg.ConfigurableResource):  # type: ignore[type-arg]
    """The platform at `root`; empty: where marketdata.toml and the environment say."""

    root: str = ""
    _platform: Platform | None = PrivateAttr(default=None)
    _listener: Listener | None = PrivateAttr(default=None)

    def platform(self) -> Platform:
        """The one platform of this process."""
        if self._platform is None:
            self._platform = open_with(load_settings(self.root or None))
        return self._platform

    def listen(self, listener: Listener | None) -> None:
        """Report progress of runs in this process to `listener`."""
        self._listener = listener

    def progressed(self, asset: str, instrument: str, days: int = 1) -> None:
        """Tell the listener, if there is one, that `days` more days of an asset are done."""
        if self._listener is not None:
            self._listener(asset, instrument, days)
