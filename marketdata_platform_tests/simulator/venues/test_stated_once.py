"""A venue is known to the simulator from its own object alone, whose numbers are those of the
product.
"""

import re
from pathlib import Path
from urllib.parse import urlsplit

import pytest

import marketdata_platform.simulator
from marketdata_platform.core.errors import ConfigurationError
from marketdata_platform.core.instrument import Instrument
from marketdata_platform.simulator.server.exchange_config import ExchangeConfig
from marketdata_platform.simulator.venues import SIMULATED_VENUES, simulated_venue
from marketdata_platform.simulator.venues.gateway import Surroundings
from marketdata_platform.simulator.venues.listing import LISTED, model_of, place_of
from marketdata_platform.venues.channels import channel_of
from marketdata_platform.venues.endpoints import endpoint_of
from marketdata_platform.venues.lookups import polls, routes_of
from marketdata_platform_tests.venues.examples import part_of

ADDRESSES = [(venue, address) for venue in SIMULATED_VENUES for address in venue.addresses]


def named(pair) -> str:
    return f"{pair[0].name}:{pair[1]}"


def test_no_venue_is_named_outside_the_folder_of_venues():
    folder = Path(marketdata_platform.simulator.__file__).parent
    names = re.compile("|".join(venue.name for venue in SIMULATED_VENUES), re.IGNORECASE)
    found = [
        f"{path.relative_to(folder)}: {line.strip()}"
        for path in folder.rglob("*.py")
        if not path.is_relative_to(folder / "venues")
        for line in path.read_text("utf-8").splitlines()
        if names.search(line)
    ]
    assert found == []


@pytest.mark.parametrize("venue", SIMULATED_VENUES, ids=lambda venue: venue.name)
def test_no_venue_is_named_in_what_the_venues_share_or_in_another_ones_folder(venue):
    folder = Path(marketdata_platform.simulator.__file__).parent / "venues"
    others = [path for path in folder.rglob("*.py") if venue.name not in path.parts]
    found = [
        f"{path.relative_to(folder)}: {line.strip()}"
        for path in others
        if path != folder / "__init__.py"  # the list
        for line in path.read_text("utf-8").splitlines()
        if re.search(rf"\b{venue.name}|{venue.name.title()}", line)
    ]
    assert found == []


def test_the_simulator_reads_nothing_that_the_product_knows_of_venues():
    folder = Path(marketdata_platform.simulator.__file__).parent
    imports = re.compile(r"marketdata_platform\.venues(?!\.kit)")
    assert [p for p in folder.rglob("*.py") if imports.search(p.read_text("utf-8"))] == []


@pytest.mark.parametrize("pair", ADDRESSES, ids=named)
def test_limits_are_those_that_the_product_keeps_to(pair):
    venue, name = pair
    address, product = venue.addresses[name], endpoint_of(venue.name, name)
    assert (address.messages.count, address.messages.seconds) == (
        product.messages.count,
        product.messages.seconds,
    )
    allowed = address.rest.allowed
    assert (allowed.count, allowed.seconds) == (product.weight.count, product.weight.seconds)
    assert address.life_seconds == product.life_seconds
    assert address.streams is None or product.streams <= address.streams
    assert address.arguments is None or product.arguments <= address.arguments
    assert address.rest_path == urlsplit(product.rest).path


@pytest.mark.parametrize("pair", ADDRESSES, ids=named)
def test_requests_weigh_what_the_product_counts_for_them(pair):
    venue, name = pair
    around = Surroundings(lambda: 0, lambda: None, True, {})
    gateway = venue.gateway(venue, name, (), around)
    rest = gateway.address.rest
    product = routes_of(venue.name, name)
    for route, stated in product.by_name.items():
        called = gateway.route_name(
            urlsplit("http://x" + gateway.address.rest_path + stated.path).path
        )
        assert called in rest.weights, (route, called)
        for limit in (1, 50, 51, 100, 101, 500, 501, 1_000, 1_001, 5_000):
            mine = rest.weight_of(called, {"limit": str(limit)})
            assert mine == product.request(route, "", {"limit": limit}).weight, (route, limit)


@pytest.mark.parametrize(
    "name",
    [f"{venue.name}:{market}" for venue in SIMULATED_VENUES for market in venue.markets],
)
def test_the_product_can_record_what_a_venue_says_that_it_tells(name):
    venue, market = name.split(":")
    symbols = part_of(venue, "simulated").SIMULATED.symbols
    instrument = Instrument(venue, market, symbols[market])
    for dataset in simulated_venue(venue).markets[market].datasets:
        try:
            assert channel_of(instrument, dataset)
        except ConfigurationError:
            assert polls(instrument, dataset), dataset


def test_each_of_those_listed_by_default_can_be_opened():
    for name in LISTED:
        assert model_of(Instrument.parse(name)).instrument == Instrument.parse(name)


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("nowhere:spot:X", "no market of nowhere:spot:X; it has binance:spot,"),
        ("binance:margin:X", "no market of binance:margin:X; it has binance:spot,"),
        ("binance:options:X", "no market of binance:options:X; it has binance:spot,"),
    ],
)
def test_what_no_venue_states_is_refused_with_what_there_is(name, said):
    with pytest.raises(ConfigurationError, match=said):
        model_of(Instrument.parse(name))


def test_an_unknown_venue_says_where_to_state_it():
    with pytest.raises(ConfigurationError, match=r"simulator/venues/<name>\.py, or in a package"):
        simulated_venue("nowhere")
    with pytest.raises(ConfigurationError, match="nowhere"):
        place_of(Instrument.parse("nowhere:spot:X"))


def test_credentials_of_a_venue_that_checks_none_are_refused():
    with pytest.raises(ConfigurationError, match="bybit checks no credentials"):
        ExchangeConfig(credentials={"bybit": b"key"})
