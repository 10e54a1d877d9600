"""What venues ask of their clients: signatures, heartbeats, pongs, patience."""

import asyncio
import time

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from picows import WSError, WSMsgType

from marketdata_platform.simulator.server.exchange import ExchangeConfig, SimulatedExchange
from marketdata_platform.venues.credentials import SignedRequest
from marketdata_platform.venues.kalshi.keys import KEY_ID, KEYS, PRIVATE_KEY
from marketdata_platform_tests.simulator.clients import Rest, connected, subscribing, until

KALSHI = "kalshi:event:KXSIM-26DEC31-T100"
DERIBIT = "deribit:perpetual:BTC-PERPETUAL"
SPOT = "binance:spot:BTCUSDT"


def test_a_handshake_of_kalshi_must_be_signed_with_the_key_that_is_known():
    mine, other = (rsa.generate_private_key(65537, 2048) for _ in range(2))
    pem = mine.public_key().public_bytes(
        serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
    )

    def headers(key, url, ago_ms=0):
        private = key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
        now_ms = time.time_ns() // 1_000_000 - ago_ms
        return KEYS.handshake.headers(
            {KEY_ID: "key-1", PRIVATE_KEY: private.decode()},
            SignedRequest(method="GET", url=url, now_ms=now_ms),
        )

    with SimulatedExchange(ExchangeConfig((KALSHI,), credentials={"kalshi": pem})) as exchange:

        async def run():
            url = exchange.endpoints()["kalshi:event"]["websocket"]
            one = await connected(url, "kalshi", subscribing(KALSHI, "trades"), headers(mine, url))
            one.transport.disconnect()
            for wrong in (
                None,
                headers(other, url),
                headers(mine, url + "/x"),
                headers(mine, url, 10**7),
            ):
                with pytest.raises(WSError, match="401"):
                    await connected(url, "kalshi", [], wrong)

        asyncio.run(run())


def later(exchange, seconds: float) -> None:
    """The venues' clocks, so many seconds on."""
    exchange.call(
        lambda: [venue.tick(time.monotonic() + seconds) for venue in exchange._registry.gateways]
    )


def test_deribit_sends_heartbeats_and_ends_a_connection_that_does_not_answer_its_test():
    with SimulatedExchange(ExchangeConfig((DERIBIT,))) as exchange:

        async def run(answers):
            url = exchange.endpoints()["deribit:any"]["websocket"]
            one = await connected(url, "deribit" if answers else "", subscribing(DERIBIT, "trades"))
            await asyncio.sleep(0.1)
            for seconds in (11, 22, 33):
                await asyncio.to_thread(later, exchange, seconds)
                await asyncio.sleep(0.15)
            ended = one.closed.is_set()
            one.transport.disconnect()
            return ended, one.frames

        ended, frames = asyncio.run(run(answers=True))
        assert not ended
        assert any(b'"test_request"' in f for f in frames)
        assert any(b'"version"' in f for f in frames)
        ended, _ = asyncio.run(run(answers=False))
        assert ended
        until(lambda: exchange.ledger().connections[1].ended_by == "heartbeat")


def test_binance_pings_and_ends_a_connection_that_never_answers():
    with SimulatedExchange(ExchangeConfig((SPOT,))) as exchange:

        def unanswered():
            for venue in exchange._registry.gateways:
                for session in venue.sessions:
                    session.notes["unanswered"] = time.monotonic()
                venue.tick(time.monotonic() + 61)

        async def run():
            url = exchange.endpoints()["binance:spot"]["websocket"]
            one = await connected(url, "binance", subscribing(SPOT, "trades"))
            await asyncio.to_thread(later, exchange, 21)
            await asyncio.sleep(0.2)
            await asyncio.to_thread(later, exchange, 90)  # the first ping was answered
            assert not one.closed.is_set()
            await asyncio.to_thread(exchange.call, unanswered)
            await asyncio.wait_for(one.closed.wait(), 5)

        asyncio.run(run())
        until(lambda: exchange.ledger().connections[0].ended_by == "no pong")


def test_a_client_that_says_too_much_in_a_second_is_cut():
    with SimulatedExchange(ExchangeConfig((SPOT,))) as exchange:

        async def run():
            url = exchange.endpoints()["binance:spot"]["websocket"]
            one = await connected(url, "binance", [])
            for number in range(8):
                one.transport.send(
                    WSMsgType.TEXT, b'{"method":"LIST_SUBSCRIPTIONS","id":%d}' % number
                )
            await asyncio.wait_for(one.closed.wait(), 5)
            assert len(one.frames) <= 5

        asyncio.run(run())
        until(lambda: exchange.ledger().connections[0].ended_by == "too many messages")


@pytest.mark.parametrize(
    "message", [b"{", b"[]", b"1", b'{"cmd":"subscribe","params":[1]}', b'{"cmd":3}', b"\xff"]
)
def test_nothing_that_a_client_says_breaks_kalshi(message):
    with SimulatedExchange(ExchangeConfig((KALSHI,))) as exchange:

        async def run():
            url = exchange.endpoints()["kalshi:event"]["websocket"]
            one = await connected(url, "kalshi", [message, *subscribing(KALSHI, "trades")])
            await asyncio.sleep(0.1)
            one.transport.disconnect()
            return one.frames

        assert any(b'"subscribed"' in frame for frame in asyncio.run(run()))


@pytest.mark.parametrize(
    ("name", "requests"),
    [
        (
            SPOT,
            [
                f"/api/v3/{r}?symbol=BTCUSDT&{p}={v}"
                for r in ("historicalTrades", "aggTrades", "depth")
                for p in ("fromId", "limit")
                for v in ("-5", "x", "", "9" * 40)
            ],
        ),
        (
            DERIBIT,
            [
                f"/public/{r}?instrument_name=BTC-PERPETUAL&{p}={v}"
                for r in ("get_last_trades_by_instrument", "get_last_trades_by_instrument_and_time")
                for p in ("start_seq", "end_seq", "count", "start_timestamp", "end_timestamp")
                for v in ("-5", "x", "", "9" * 40)
            ],
        ),
        (
            KALSHI,
            [
                f"/markets/trades?{p}={v}"
                for p in ("min_ts", "max_ts", "limit", "cursor", "ticker")
                for v in ("-5", "x", "", "9" * 40)
            ],
        ),
    ],
)
def test_no_question_leaves_a_client_without_an_answer(name, requests):
    with SimulatedExchange(ExchangeConfig((name,), limits=False)) as exchange:
        rest = Rest(exchange, name)
        assert {rest.get(request)[0] for request in requests} <= {200, 400}
        assert rest.get("/nothing")[0] in (400, 404)
