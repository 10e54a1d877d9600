"""Deribit in the simulated exchange.

Belongs here: the venue's one object. Does not: what it is made of (this folder).
"""

from __future__ import annotations

import re

from marketdata_platform.core.instrument import Instrument
from marketdata_platform.simulator.markets.listed_market import Numbering
from marketdata_platform.simulator.venues.deribit.gateway import DeribitGateway
from marketdata_platform.simulator.venues.deribit.markets import ADDRESSES, MARKETS
from marketdata_platform.simulator.venues.replay_gateway import FRAME_HEAD, ReplayGateway
from marketdata_platform.simulator.venues.simulated_venue import Replay, SimulatedVenue

_CHANNEL = re.compile(rb'"channel"\s*:\s*"([^"]{1,200})"')
_FIRST_NAME = 7_000_000_000


def _numbering(instrument: Instrument) -> Numbering:
    """Ids are numbers of all of Deribit's trades, with the currency in front where that is not
    bitcoin; `trade_seq` numbers those of the instrument.
    """
    currency = instrument.symbol.partition("-")[0].partition("_")[0]
    prefix = "" if currency == "BTC" else f"{currency}-"

    def name(number: int) -> str:
        return f"{prefix}{_FIRST_NAME + number}"

    return Numbering(name_of=name, numbered=True, counts_publications=False)


def _channel_of(frame: bytes) -> str:
    found = _CHANNEL.search(frame[:FRAME_HEAD])
    return "" if found is None else _plain_channel(found[1].decode("utf-8", "replace"))


def _plain_channel(channel: str) -> str:
    """`trades.BTC-PERPETUAL.100ms` → `trades.BTC-PERPETUAL`."""
    return ".".join(channel.split(".")[:2])


class _DeribitReplayGateway(ReplayGateway, DeribitGateway):
    clock_route = "get_time"


DERIBIT = SimulatedVenue(
    name="deribit",
    gateway=DeribitGateway,
    markets=MARKETS,
    addresses=ADDRESSES,
    numbering=_numbering,
    batches_trades=True,
    listed=("perpetual:BTC-PERPETUAL", "option:BTC-25DEC26-100000-C"),
    presets=(),
    credentials=None,
    replay=Replay(
        gateway=_DeribitReplayGateway,
        channel_of=_channel_of,
        plain_channel=_plain_channel,
        exchanges={"DERIBIT": "any"},
        first_bytes={},
    ),
    dumps=None,
)
