"""The venues of one simulated exchange, and under which path of its server each is found.

Belongs here: making markets and venues from a configuration, addresses. Does not: the server
(exchange).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from urllib.parse import urlsplit

from marketdata_platform.core.instrument import Instrument
from marketdata_platform.simulator.markets.flow_blocks import FlowBlocks, FlowOptions
from marketdata_platform.simulator.markets.instruments import model_of, style_of
from marketdata_platform.simulator.markets.listed_market import ListedMarket, Numbering
from marketdata_platform.simulator.markets.live_market import LiveMarket
from marketdata_platform.simulator.markets.number_texts import NumberText
from marketdata_platform.simulator.markets.trade_names import deribit_names, uuid_names
from marketdata_platform.simulator.server.client_session import Line
from marketdata_platform.simulator.server.exchange_config import ExchangeConfig
from marketdata_platform.simulator.venues.binance import Binance
from marketdata_platform.simulator.venues.bybit import Bybit
from marketdata_platform.simulator.venues.deribit import Deribit
from marketdata_platform.simulator.venues.kalshi import Kalshi
from marketdata_platform.simulator.venues.venue import Surroundings, Venue
from marketdata_platform.venues.endpoints import endpoint_of

_IDS_SINCE, _IDS_A_SECOND = 1_704_067_200, 1_000


class Places:
    """All venues, and the markets in the order of the configuration."""

    def __init__(self, venues: Sequence[Venue], markets: list[ListedMarket]) -> None:
        self.venues = venues
        self.markets = markets
        self._by_place = {venue.place: venue for venue in venues}
        self._of_market = [
            (market, self._by_place[place_of(market.instrument)]) for market in markets
        ]

    def advance(self, until_us: int) -> None:
        """Let all markets go on to this time, and tell what happens."""
        for market, venue in self._of_market:
            events = market.live.advance(until_us)
            if events:
                venue.happened(market, events)

    def of_path(self, path: str) -> tuple[Venue, str] | None:
        """The venue under a path, and what remains of the path: `/binance/spot/api/v3/time`."""
        parts = path.split("/", 3)
        venue = self._by_place.get(":".join(parts[1:3]))
        return None if venue is None or len(parts) < 4 else (venue, "/" + parts[3])

    def venue_of(self, line: Line) -> Venue:
        """The venue that a line was opened at."""
        return self._by_place[line.record.place]

    def endpoints(self, port: int) -> dict[str, dict[str, str]]:
        """WebSocket and REST addresses by place."""
        return {venue.place: _addresses(venue, port) for venue in self.venues}


def _addresses(venue: Venue, port: int) -> dict[str, str]:
    here = f"127.0.0.1:{port}/{venue.place.replace(':', '/')}"
    return {
        "websocket": f"ws://{here}{venue.websocket_path}",
        "rest": f"http://{here}{urlsplit(venue.endpoint.rest).path}",
    }


def place_of(instrument: Instrument) -> str:
    """`venue:market` of the endpoint that serves an instrument."""
    return f"{instrument.venue}:{endpoint_of(instrument.venue, instrument.market).market}"


def open_places(config: ExchangeConfig, start_us: int, around: Surroundings) -> Places:
    """Markets and venues of a configuration."""
    each = config.rate / len(config.instruments) / config.speed
    markets = [
        _listed(index, Instrument.parse(name), config, start_us, each)
        for index, name in enumerate(config.instruments)
    ]
    by_place: dict[str, list[ListedMarket]] = {}
    for market in markets:
        by_place.setdefault(place_of(market.instrument), []).append(market)
    return Places([_open(place, listed, around) for place, listed in by_place.items()], markets)


def _listed(
    index: int, instrument: Instrument, config: ExchangeConfig, start_us: int, each: float
) -> ListedMarket:
    style, model = style_of(instrument), model_of(instrument, config.seed)
    if config.seed is None and config.start_us is None:
        model = replace(
            model,
            first_trade_id=model.first_trade_id + _ids_since_origin(start_us, each * config.speed),
        )
    options = FlowOptions(
        start_us=start_us,
        trades_per_second=each,
        insurance_every=config.insurance_every if style.insurance else 0,
        liquidation_every=config.liquidation_every if style.liquidations else 0,
        most_ticks=style.most_ticks,
        steady=config.steady,
    )
    live = LiveMarket(
        FlowBlocks(model, options),
        first_update_id=model.first_trade_id * 10,
        remember=config.remember_books,
    )
    decimals = style.decimals
    texts = NumberText(model.tick, decimals), NumberText(model.lot, decimals)
    return ListedMarket(index, live, *texts, _numbering(instrument))


def _ids_since_origin(start_us: int, rate: float) -> int:
    """So far have ids come since 2024: an exchange that is started again does not use the ids of
    its last run.
    """
    return max(start_us // 1_000_000 - _IDS_SINCE, 0) * max(_IDS_A_SECOND, int(rate) + 1)


def _numbering(instrument: Instrument) -> Numbering:
    name = str(instrument)
    if instrument.venue == "deribit":
        return Numbering(deribit_names(name))
    if instrument.venue in ("bybit", "kalshi"):
        return Numbering(
            uuid_names(name), numbered=False, counts_publications=instrument.venue == "bybit"
        )
    return Numbering()


def _open(place: str, markets: Sequence[ListedMarket], around: Surroundings) -> Venue:
    venue, _, market = place.partition(":")
    return _VENUES[venue](market, markets, around)


_VENUES: dict[str, Callable[[str, Sequence[ListedMarket], Surroundings], Venue]] = {
    "binance": Binance,
    "bybit": Bybit,
    "deribit": Deribit,
    "kalshi": Kalshi,
}
