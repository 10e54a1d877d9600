"""Bybit v5 spot, linear and inverse in the simulated exchange.

Belongs here: the venue's one object. Does not: what it is made of (this folder).
"""

from __future__ import annotations

import re

from marketdata_platform.core.instrument import Instrument
from marketdata_platform.simulator.markets.listed_market import Numbering
from marketdata_platform.simulator.markets.trade_names import uuid_names
from marketdata_platform.simulator.venues.bybit.gateway import BybitGateway
from marketdata_platform.simulator.venues.bybit.markets import ADDRESSES, MARKETS
from marketdata_platform.simulator.venues.replay_gateway import FRAME_HEAD, ReplayGateway
from marketdata_platform.simulator.venues.simulated_venue import Replay, SimulatedVenue

_TOPIC = re.compile(rb'"topic"\s*:\s*"([^"]{1,200})"')


def _numbering(instrument: Instrument) -> Numbering:
    names = uuid_names(str(instrument))
    return Numbering(name_of=names, numbered=False, counts_publications=True)


def _channel_of(frame: bytes) -> str:
    found = _TOPIC.search(frame[:FRAME_HEAD])
    return "" if found is None else _plain_channel(found[1].decode("utf-8", "replace"))


def _plain_channel(channel: str) -> str:
    """`orderbook.200.BTCUSDT` → `orderbook.BTCUSDT`."""
    return f"{channel.partition('.')[0]}.{channel.rpartition('.')[2]}"


class _BybitReplayGateway(ReplayGateway, BybitGateway):
    clock_route = "time"


BYBIT = SimulatedVenue(
    name="bybit",
    gateway=BybitGateway,
    markets=MARKETS,
    addresses=ADDRESSES,
    numbering=_numbering,
    batches_trades=True,
    listed=("linear:BTCUSDT",),
    presets=(),
    credentials=None,
    replay=Replay(
        gateway=_BybitReplayGateway,
        channel_of=_channel_of,
        plain_channel=_plain_channel,
        exchanges={"BYBIT": "linear"},
        first_bytes={},
    ),
    dumps=None,
)
