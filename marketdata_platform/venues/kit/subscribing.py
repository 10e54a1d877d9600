"""Channel names from a table, and messages cut to what a venue takes.

Belongs here: what venues share in asking for streams. Does not: any venue's tables or messages.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypeAlias

import msgspec

from marketdata_platform.core.errors import ConfigurationError
from marketdata_platform.core.instrument import Instrument
from marketdata_platform.venues.endpoint import ANY_MARKET
from marketdata_platform.venues.stream_rules import Message

Templates: TypeAlias = Mapping[str, str]
"""Dataset → channel, `{}` in it stands for the symbol. A channel that gives several datasets stands
at each of them; `trades@aggTrade` is a channel that may be chosen in place of the usual one.
"""


def template_of(by_market: Mapping[str, Templates], instrument: Instrument, dataset: str) -> str:
    """The channel of a dataset, with its placeholders.

    Args:
        by_market: channels by market; `ANY_MARKET` holds for the markets that are not named.
        instrument: whose market is looked up.
        dataset: name, or a variant of it.

    Raises:
        ConfigurationError: the venue has no such market, streams no such dataset, or not so.
    """
    templates = by_market.get(instrument.market, by_market.get(ANY_MARKET))
    where = f"{instrument.venue}:{instrument.market[:40]}"
    if templates is None:
        raise ConfigurationError(
            f"nothing is known of channels of {where}: say them in "
            f"marketdata_platform/venues/{instrument.venue}/__init__.py; there are those of "
            f"{', '.join(by_market)}"
        )
    if dataset in templates:
        return templates[dataset]
    name, _, kind = dataset.partition("@")
    if name not in templates:
        known = ", ".join(sorted(one for one in templates if "@" not in one))
        raise ConfigurationError(f"{where} streams no {name[:40]!a}; it streams {known}")
    allowed = ", ".join(one for one in templates if one.partition("@")[0] == name)
    raise ConfigurationError(f"{where} has no {name}@{kind[:40]!a}; allowed: {allowed}")


def in_messages(
    channels: Sequence[str],
    first_id: int,
    most: int,
    payload_of: Callable[[Sequence[str], int], Mapping[str, Any]],
) -> list[Message]:
    """Messages about these channels, each named once.

    Args:
        channels: unique names.
        first_id: id of the first message; those after it count on.
        most: channels of one message.
        payload_of: some of the channels, id → the message, to be JSON.
    """
    whole = tuple(dict.fromkeys(channels))
    messages = []
    for number, start in enumerate(range(0, len(whole), most), first_id):
        part = whole[start : start + most]
        payload = msgspec.json.encode(payload_of(part, number))
        messages.append(Message(payload=payload, number=number, channels=part))
    return messages
