"""Market data platform: records every market without losing a message, and turns it into
research-ready data.

import marketdata_platform as md
platform = md.open()
trades = platform.read("trades", "binance:spot:BTCUSDT", "2024-07-18", "2024-07-19")
"""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from marketdata_platform.platform import Platform, open

__all__ = ["Platform", "open"]


def __getattr__(name: str) -> Any:
    # Layers below import this package too: the wiring is loaded only when it is asked for.
    if name in __all__:
        from marketdata_platform import platform

        return getattr(platform, name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
