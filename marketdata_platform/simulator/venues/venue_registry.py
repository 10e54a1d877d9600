"""The venues of one simulated exchange, and under which path of its server each is found.

Belongs here: making markets and gateways from a configuration, addresses. Does not: the server
(exchange).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from marketdata_platform.core.errors import ConfigurationError
from marketdata_platform.core.instrument import Instrument
from marketdata_platform.simulator.markets.flow_blocks import FlowBlocks, FlowOptions
from marketdata_platform.simulator.markets.listed_market import ListedMarket
from marketdata_platform.simulator.markets.live_market import LiveMarket
from marketdata_platform.simulator.markets.number_texts import NumberText
from marketdata_platform.simulator.server.client_session import ClientSession
from marketdata_platform.simulator.server.exchange_config import ExchangeConfig
from marketdata_platform.simulator.venues import simulated_venue
from marketdata_platform.simulator.venues.gateway import Gateway, Surroundings
from marketdata_platform.simulator.venues.listing import model_of, place_of, style_of

_IDS_SINCE, _IDS_A_SECOND = 1_704_067_200, 1_000


class VenueRegistry:
    """All gateways, and the markets in the order of the configuration."""

    def __init__(self, gateways: Sequence[Gateway], markets: list[ListedMarket]) -> None:
        self.gateways = gateways
        self.markets = markets
        self._by_place = {gateway.place: gateway for gateway in gateways}
        self._of_market = [
            (market, self._by_place[place_of(market.instrument)]) for market in markets
        ]

    def advance(self, until_us: int) -> None:
        """Let all markets go on to this time, and publish what happens."""
        for market, gateway in self._of_market:
            if market.delisted:
                continue
            events = market.live.advance(until_us)
            if events:
                gateway.happened(market, events)

    def delist(self, symbols: Sequence[str]) -> None:
        """These instruments (symbols, or `venue:market:symbol`) are no more.

        Raises:
            ConfigurationError: there is none of one of these names.
        """
        for symbol in symbols:
            found = [one for one in self.markets if symbol in (one.symbol, str(one.instrument))]
            if not found:
                raise ConfigurationError(f"{symbol[:60]!a} cannot be delisted: it is not listed")
            for market in found:
                market.delisted = True

    def of_path(self, path: str) -> tuple[Gateway, str] | None:
        """The gateway under a path, and what remains of the path: `/<venue>/<address>/…`."""
        parts = path.split("/", 3)
        gateway = self._by_place.get(":".join(parts[1:3]))
        return None if gateway is None or len(parts) < 4 else (gateway, "/" + parts[3])

    def gateway_of(self, session: ClientSession) -> Gateway:
        """The gateway that a session was opened at."""
        return self._by_place[session.record.place]

    def endpoints(self, port: int) -> dict[str, dict[str, str]]:
        """WebSocket and REST addresses by place."""
        return {gateway.place: _addresses(gateway, port) for gateway in self.gateways}


def _addresses(gateway: Gateway, port: int) -> dict[str, str]:
    here = f"127.0.0.1:{port}/{gateway.place.replace(':', '/')}"
    return {
        "websocket": f"ws://{here}{gateway.address.websocket_path}",
        "rest": f"http://{here}{gateway.address.rest_path}",
    }


def open_registry(config: ExchangeConfig, start_us: int, around: Surroundings) -> VenueRegistry:
    """Markets and gateways of a configuration.

    Raises:
        ConfigurationError: the exchange does not simulate an instrument's market.
    """
    each = config.rate / len(config.instruments) / config.speed
    markets = [
        _listed(index, Instrument.parse(name), config, start_us, each)
        for index, name in enumerate(config.instruments)
    ]
    by_place: dict[str, list[ListedMarket]] = {}
    for market in markets:
        by_place.setdefault(place_of(market.instrument), []).append(market)
    gateways = [_open(place, listed, around) for place, listed in by_place.items()]
    return VenueRegistry(gateways, markets)


def _open(place: str, markets: Sequence[ListedMarket], around: Surroundings) -> Gateway:
    name, _, address = place.partition(":")
    venue = simulated_venue(name)
    return venue.gateway(venue, address, markets, around)


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
    texts = NumberText(model.tick, style.decimals), NumberText(model.lot, style.decimals)
    numbering = simulated_venue(instrument.venue).numbering(instrument)
    return ListedMarket(index, live, *texts, numbering)


def _ids_since_origin(start_us: int, rate: float) -> int:
    """So far have ids come since 2024: an exchange that is started again does not use the ids of
    its last run.
    """
    return max(start_us // 1_000_000 - _IDS_SINCE, 0) * max(_IDS_A_SECOND, int(rate) + 1)
