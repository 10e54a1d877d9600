"""A venue of somebody else's package is simulated with no file of ours changed."""

import asyncio
import json
import sys
import urllib.request

import pytest
from picows import WSMsgType

from marketdata_platform.core.errors import ConfigurationError
from marketdata_platform.simulator.server.configuration_text import configuration_text
from marketdata_platform.simulator.server.exchange import ExchangeConfig, SimulatedExchange
from marketdata_platform.simulator.venues import all_simulated_venues, simulated_venue
from marketdata_platform_tests.simulator.clients import connected, more_frames

VENUE = """
import json

from marketdata_platform.simulator.markets.instruments import MarketStyle
from marketdata_platform.simulator.markets.listed_market import Numbering
from marketdata_platform.simulator.markets.trade_history import events_of, trades_between
from marketdata_platform.simulator.server.http_messages import Response
from marketdata_platform.simulator.server.request_weights import Quota, RestLimits
from marketdata_platform.simulator.server.websocket_frames import frame
from marketdata_platform.simulator.venues.gateway import Gateway
from marketdata_platform.simulator.venues.simulated_venue import (
    SimulatedAddress,
    SimulatedMarket,
    SimulatedVenue,
)


class LemonGateway(Gateway):
    def heard(self, session, payload):
        symbol = json.loads(payload)["listen"]
        market = self.listed(symbol)
        session.say(frame(json.dumps({"listening": market is not None}).encode()))
        if market is not None:
            self.subscribe(session, symbol, market)

    def tell_trades(self, market, run):
        for one in run:
            body = b'{"n":%d,"price":%s}' % (one.trade_id, market.price(one.price))
            self.hub.tell(market.symbol, body, market, one.trade_id, one.trade_id)

    def answer(self, route, query):
        refused = self.weigh(self.route_name(route), query)
        if refused is not None:
            return refused
        market = self.listed(query["symbol"])
        last = market.next_id - 1
        told = events_of(trades_between(market, last - 2, last), market)
        return Response.json([one.trade_id for one in told])


STYLE = MarketStyle(
    start="5", tick="0.01", lot="1", median_lots=5, level_gap=2.0, volatility=0.05,
    decimals=2, most_ticks=0, insurance=False, liquidations=False,
)
LEMON = SimulatedVenue(
    name="lemon",
    gateway=LemonGateway,
    markets={"spot": SimulatedMarket(style=STYLE, address="all", datasets=("trades",))},
    addresses={
        "all": SimulatedAddress(
            websocket_path="/live", rest_path="/v1", ping_seconds=0.0, life_seconds=None,
            messages=Quota(5, 1.0), streams=None, arguments=None,
            rest=RestLimits(
                allowed=Quota(10, 60.0), weights={"trades": 4}, usual_limit=1, other_routes=1
            ),
        )
    },
    numbering=lambda instrument: Numbering(
        name_of=None, numbered=True, counts_publications=False
    ),
    batches_trades=False, listed=(), presets=(), credentials=None, replay=None, dumps=None,
)
"""
NAME = "lemon:spot:JUICE"


@pytest.fixture
def package(tmp_path, monkeypatch):
    """Installs a package with one entry point of the group."""

    def install(target: str, source: str = VENUE, module: str = "lemon_simulated") -> None:
        (tmp_path / f"{module}.py").write_text(source, "utf-8")
        info = tmp_path / "lemon_simulated-1.dist-info"
        info.mkdir()
        (info / "METADATA").write_text("Metadata-Version: 2.1\nName: lemon-simulated\nVersion: 1\n")
        (info / "entry_points.txt").write_text(
            f"[marketdata_platform.simulator_venues]\nlemon = {target}\n", "utf-8"
        )
        monkeypatch.syspath_prepend(tmp_path)
        all_simulated_venues.cache_clear()

    yield install
    all_simulated_venues.cache_clear()


def test_an_exchange_speaks_a_venue_of_another_package(package):
    package("lemon_simulated:LEMON")
    with SimulatedExchange(ExchangeConfig((NAME,), rate=300, steady=True)) as exchange:
        addresses = exchange.endpoints()
        assert list(addresses) == ["lemon:all"]
        assert '"lemon:spot:JUICE" = ["trades"]' in configuration_text(
            addresses, [market.instrument for market in exchange.markets]
        )

        async def run():
            one = await connected(addresses["lemon:all"]["websocket"], "", [b'{"listen":"JUICE"}'])
            await more_frames(one, 50)
            one.transport.send(WSMsgType.TEXT, b'{"listen":"NOPE"}')
            await asyncio.sleep(0.1)
            one.transport.disconnect()
            return [json.loads(frame) for frame in one.frames]

        first, *told = asyncio.run(run())
        assert first == {"listening": True}
        assert {"listening": False} in told
        numbers = [one["n"] for one in told if "n" in one]
        assert len(numbers) >= 40 and numbers == list(range(numbers[0], numbers[-1] + 1))
        url = addresses["lemon:all"]["rest"] + "/trades?symbol=JUICE"
        with urllib.request.urlopen(url) as answer:
            last = json.load(answer)
        exchange.halt()
        trades = exchange.ledger().trades(NAME)
        assert set(numbers) | set(last) <= set(trades["sequence"].to_list())


@pytest.mark.parametrize(
    ("target", "source", "said"),
    [
        ("lemon_wrong:NOTHING", "X = 1", "cannot be loaded"),
        ("lemon_wrong:X", "X = 1", "is no SimulatedVenue"),
        (
            "lemon_wrong:X",
            "from marketdata_platform.simulator.venues import SIMULATED_VENUES as V\nX = V[0]",
            "leads to a venue 'binance', and there is one already",
        ),
    ],
)
def test_an_entry_point_that_is_no_venue_is_refused_named_and_takes_no_other_with_it(
    package, monkeypatch, target, source, said
):
    package(target, source, "lemon_wrong")
    monkeypatch.delitem(sys.modules, "lemon_wrong", raising=False)
    with pytest.raises(ConfigurationError, match=f"entry point 'lemon'.*{said}"):
        simulated_venue("lemon")
    assert simulated_venue("binance").name == "binance"
