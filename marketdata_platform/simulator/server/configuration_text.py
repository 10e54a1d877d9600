"""The part of marketdata.toml that lets gatherers record a running exchange.

Belongs here: the text. Does not: writing it anywhere (cli), reading it (settings).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from marketdata_platform.core.datasets import RAW
from marketdata_platform.core.errors import ConfigurationError
from marketdata_platform.core.instrument import Instrument
from marketdata_platform.venues.channels import channel_of
from marketdata_platform.venues.lookups import polls


def configuration_text(
    endpoints: Mapping[str, Mapping[str, str]], instruments: Sequence[Instrument]
) -> str:
    """`[endpoints…]` of every place, and `[capture.instruments]` with all that each instrument's
    venue tells.
    """
    lines = []
    for place, addresses in endpoints.items():
        lines.append(f'[endpoints."{place}"]')
        lines += [f'{name} = "{address}"' for name, address in addresses.items()]
        lines.append("")
    if instruments:
        lines.append("[capture.instruments]")
        for one in instruments:
            told = ", ".join(f'"{name}"' for name in datasets_of(one))
            lines.append(f'"{one}" = [{told}]')
    return "\n".join(lines).rstrip() + "\n"


def datasets_of(instrument: Instrument) -> list[str]:
    """The raw datasets that the instrument's venue streams, or answers when polled."""
    return [dataset.name for dataset in RAW if _told(instrument, dataset.name)]


_NOT_OF_OPTIONS = frozenset({"tickers", "funding_rates", "index_prices"})


def _told(instrument: Instrument, dataset: str) -> bool:
    option = instrument.market in ("option", "options")
    if dataset in _NOT_OF_OPTIONS if option else dataset == "options_tickers":
        return False  # the same channel, which has nothing of it for this instrument
    try:
        channel_of(instrument, dataset)
    except ConfigurationError:
        return bool(polls(instrument, dataset))
    return True
