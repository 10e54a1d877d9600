"""Kalshi in the simulated exchange.

Belongs here: the venue's one object and its numbers. Limits are those of Kalshi's documentation
(docs.kalshi.com), written down here once more, so that a wrong one in the product is caught. Does
not: what else it is made of (this folder).
"""

from __future__ import annotations

import re
from typing import Any

from marketdata_platform.core.instrument import Instrument
from marketdata_platform.simulator.markets.instruments import MarketStyle
from marketdata_platform.simulator.markets.listed_market import Numbering
from marketdata_platform.simulator.markets.trade_names import uuid_names
from marketdata_platform.simulator.server.client_session import ClientSession
from marketdata_platform.simulator.server.request_weights import Quota, RestLimits
from marketdata_platform.simulator.venues.kalshi.gateway import KalshiGateway
from marketdata_platform.simulator.venues.kalshi.signed_handshakes import REFUSED, is_signed
from marketdata_platform.simulator.venues.replay_gateway import FRAME_HEAD, ReplayGateway
from marketdata_platform.simulator.venues.simulated_venue import (
    HandshakeCheck,
    Replay,
    SimulatedAddress,
    SimulatedMarket,
    SimulatedVenue,
)

_TYPE = re.compile(rb'"type"\s*:\s*"(\w{1,40})"')
_TICKER = re.compile(rb'"market_ticker"\s*:\s*"([^"]{1,200})"')
_MARKET = SimulatedMarket(
    style=MarketStyle(
        start="0.47",
        tick="0.01",
        lot="0.01",
        median_lots=1_500,
        level_gap=1.2,
        volatility=0.12,
        decimals=2,
        most_ticks=99,  # a contract is worth 99 cents at most
        insurance=False,
        liquidations=False,
    ),
    address="event",
    datasets=(
        "trades",
        "quotes",
        "book_snapshots",
        "book_deltas",
        "open_interest",
        "tickers",
        "instruments",
    ),
)
_ADDRESS = SimulatedAddress(
    websocket_path="/trade-api/ws/v2",
    rest_path="/trade-api/v2",
    ping_seconds=10.0,
    life_seconds=None,
    messages=Quota(10, 1.0),
    streams=None,
    arguments=None,
    rest=RestLimits(
        allowed=Quota(20, 1.0),
        weights={
            "series": 1,
            "series/{}": 1,
            "events": 1,
            "events/{}": 1,
            "markets": 1,
            "markets/{}": 1,
            "markets/{}/orderbook": 1,
            "markets/trades": 1,
        },
        usual_limit=100,
        other_routes=1,
    ),
)


def _numbering(instrument: Instrument) -> Numbering:
    names = uuid_names(str(instrument))
    return Numbering(name_of=names, numbered=False, counts_publications=False)


def _channel_of(frame: bytes) -> str:
    head = frame[:FRAME_HEAD]
    kind, ticker = _TYPE.search(head), _TICKER.search(head)
    if kind is None or ticker is None:
        return ""
    name = "orderbook_delta" if kind[1] == b"orderbook_snapshot" else kind[1].decode()
    return f"{name}.{ticker[1].decode('utf-8', 'replace')}"


def _plain_channel(channel: str) -> str:
    """Channels have neither pace nor depth."""
    return channel


class _KalshiReplayGateway(ReplayGateway, KalshiGateway):
    """Recorded frames keep their `sid` and `seq`."""

    def chosen(self, params: dict[str, Any]) -> list[str] | None:
        return [name for name in params.get("market_tickers") or () if isinstance(name, str)]

    def hear_market(self, session: ClientSession, channel: str, name: str) -> None:
        self.subscribe(session, f"{channel}.{name}")


KALSHI = SimulatedVenue(
    name="kalshi",
    gateway=KalshiGateway,
    markets={"event": _MARKET},
    addresses={"event": _ADDRESS},
    numbering=_numbering,
    batches_trades=False,
    listed=("event:KXSIM-26DEC31-T100",),
    presets=(),
    credentials=HandshakeCheck(accepts=is_signed, refused=REFUSED),  # a public key in PEM
    replay=Replay(
        gateway=_KalshiReplayGateway,
        channel_of=_channel_of,
        plain_channel=_plain_channel,
        exchanges={},
        first_bytes={b'{"recv_ms":': "event"},
    ),
    dumps=None,
)
