"""The part of marketdata.toml that lets gatherers record a running exchange.

Belongs here: the text. Does not: writing it anywhere (cli), reading it (settings).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from marketdata_platform.core.instrument import Instrument
from marketdata_platform.simulator.venues.listing import market_of


def configuration_text(
    endpoints: Mapping[str, Mapping[str, str]], instruments: Sequence[Instrument]
) -> str:
    """`[endpoints…]` of every address, and `[capture.instruments]` with all that each instrument's
    venue publishes.

    Raises:
        ConfigurationError: the venue of an instrument states nothing of its market.
    """
    lines = []
    for place, addresses in endpoints.items():
        lines.append(f'[endpoints."{place}"]')
        lines += [f'{name} = "{address}"' for name, address in addresses.items()]
        lines.append("")
    if instruments:
        lines.append("[capture.instruments]")
        for one in instruments:
            datasets = ", ".join(f'"{name}"' for name in market_of(one).datasets)
            lines.append(f'"{one}" = [{datasets}]')
    return "\n".join(lines).rstrip() + "\n"
