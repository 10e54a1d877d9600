"""Which instruments the simulated exchange can list, and what each is like.

Belongs here: asking the venues. Any symbol of a market that a venue states can be listed: what has
no preset takes its market's usual model. Does not: what venues state (one file or folder each).
"""

from __future__ import annotations

from dataclasses import replace

from marketdata_platform.core.errors import ConfigurationError, UnknownDataset
from marketdata_platform.core.instrument import Instrument
from marketdata_platform.simulator.markets.instruments import MarketStyle
from marketdata_platform.simulator.markets.market import MarketModel
from marketdata_platform.simulator.venues import (
    SIMULATED_VENUES,
    all_simulated_venues,
    simulated_venue,
)
from marketdata_platform.simulator.venues.simulated_venue import SimulatedMarket

PRESETS: dict[str, MarketModel] = {
    str(model.instrument): model for venue in SIMULATED_VENUES for model in venue.presets
}
LISTED: tuple[str, ...] = tuple(
    f"{venue.name}:{name}" for venue in SIMULATED_VENUES for name in venue.listed
)


def market_of(instrument: Instrument) -> SimulatedMarket:
    """What the instrument's venue states of its market.

    Raises:
        ConfigurationError: it states nothing of it; the message lists the markets that there are.
            Or it is another package's, and cannot be loaded.
    """
    venue = all_simulated_venues().described(instrument.venue)
    market = venue.markets.get(instrument.market) if venue else None
    if market is None:
        raise ConfigurationError(_no_market(instrument))
    return market


def style_of(instrument: Instrument) -> MarketStyle:
    """What the instrument's market is usually like.

    Raises:
        ConfigurationError: the exchange does not simulate this market; the message lists those that
            it does.
    """
    style = market_of(instrument).style
    if style is None:
        raise ConfigurationError(_no_market(instrument))
    return style


def _no_market(instrument: Instrument) -> str:
    known = ", ".join(
        f"{name}:{market}"
        for name, venue in all_simulated_venues().items()
        for market, one in venue.markets.items()
        if one.style is not None
    )
    return f"the simulated exchange has no market of {instrument}; it has {known}"


def place_of(instrument: Instrument) -> str:
    """`venue:address` that serves an instrument, as the exchange's endpoints are called.

    Raises:
        ConfigurationError: as `market_of`.
    """
    return f"{instrument.venue}:{market_of(instrument).address}"


def model_of(instrument: Instrument, seed: int | None = None) -> MarketModel:
    """The instrument's model: its preset, or its market's usual one; `seed` makes another market of
    it.

    Raises:
        ConfigurationError: as `style_of`.
    """
    style = style_of(instrument)
    own = {one.instrument: one for one in simulated_venue(instrument.venue).presets}
    model = own.get(instrument) or style.model(instrument)
    return model if seed is None else replace(model, seed=seed)


def preset(
    instrument: Instrument | str, *, trades_per_day: int | None = None, seed: int | None = None
) -> MarketModel:
    """The model of a preset instrument, with another number of trades per day or another seed if
    given.

    Raises:
        UnknownDataset: when there is no preset of that name; the message lists them.
    """
    try:
        model = PRESETS[str(instrument)]
    except KeyError:
        known = ", ".join(PRESETS)
        raise UnknownDataset(
            f"the simulated exchange has no instrument {str(instrument)[:60]!r}; it has: {known}"
        ) from None
    return replace(
        model,
        trades_per_day=model.trades_per_day if trades_per_day is None else trades_per_day,
        seed=model.seed if seed is None else seed,
    )
