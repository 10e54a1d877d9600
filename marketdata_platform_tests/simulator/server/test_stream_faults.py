"""Faults of the simulated exchange happen as configured, and the truth accounts for every one."""

import asyncio
import itertools
import json
from collections import Counter

import polars as pl
import pytest
from picows import WSError

from marketdata_platform.core.errors import ConfigurationError
from marketdata_platform.simulator.server.exchange import ExchangeConfig, SimulatedExchange
from marketdata_platform.simulator.server.stream_faults import StreamFaults, parse_faults
from marketdata_platform_tests.simulator.clients import (
    Rest,
    connected,
    decoded,
    heard,
    subscribing,
    until,
)

SPOT = "binance:spot:BTCUSDT"
LINEAR = "bybit:linear:BTCUSDT"
MANY = {"rate": 6_000, "steady": True, "limits": False}


def ids_heard(name: str, frames: list[bytes]) -> Counter[str]:
    parts = decoded(name, frames).of("trades")
    return Counter(pl.concat([pl.from_arrow(part.table) for part in parts])["trade_id"].to_list())


def listen(exchange, name: str, clients: int, seconds: float = 0.8) -> list[list[bytes]]:
    """What several gatherers hear of an instrument's trades until the markets halt."""
    place = "binance:spot" if name == SPOT else "bybit:linear"

    async def run():
        url = exchange.endpoints()[place]["websocket"]
        venue = name.partition(":")[0]
        found = [await connected(url, venue, subscribing(name, "trades")) for _ in range(clients)]
        await asyncio.sleep(seconds)
        await asyncio.to_thread(exchange.halt)
        await asyncio.sleep(0.3)
        for one in found:
            if not one.closed.is_set():
                one.transport.disconnect()
                await one.closed.wait()
        return [one.frames for one in found]

    frames = asyncio.run(run())
    until(lambda: all(record.closed_us for record in exchange.records))
    return frames


@pytest.mark.parametrize("name", [SPOT, LINEAR])
def test_each_connection_loses_other_trades_and_the_truth_names_them(name):
    faults = StreamFaults(
        drop=0.05, duplicate=0.03, reorder=0.05, corrupt=0.03, unknown=0.02, new_fields=0.02
    )
    with SimulatedExchange(ExchangeConfig((name,), faults=faults, **MANY)) as exchange:
        frames = listen(exchange, name, 3)
        truth = exchange.ledger()
        all_ids = truth.trades(name)["trade_id"].to_list()
        place = {trade_id: at for at, trade_id in enumerate(all_ids)}
        first = exchange.markets[0].first_id
        missed = []
        for record, told in zip(truth.connections, frames, strict=True):
            heard_ids = ids_heard(name, told)
            lost = {
                n
                for n, why in truth.missed_by(record.name, name).items()
                if why in ("drop", "corrupt", "closed")
            }
            doubted = {n for n, why in truth.missed_by(record.name, name).items() if why == "doubt"}
            since, end = record.hearings[0].first, record.hearings[0].end
            expected = {all_ids[n - first] for n in range(since, end)} - {
                all_ids[n - first] for n in lost
            }
            assert set(heard_ids) == expected  # nothing was under way when the markets had halted
            assert doubted <= set(range(since, end)) - lost
            assert record.faults["drop"] > 5 and record.faults["corrupt"] > 5
            twice = sum(count > 1 for count in heard_ids.values())
            assert (
                twice == record.faults["duplicate"]
                if name == SPOT
                else twice > record.faults["duplicate"] > 0
            )
            order = [place[i] for i in heard_ids]
            assert order != sorted(order)  # reordered
            missed.append(lost)
        assert missed[0] != missed[1] != missed[2]
        assert (
            decoded(name, frames[0]).counts[
                "unknown simulatedNews" if name == SPOT else "unknown news"
            ]
            > 0
        )


def test_corrupt_frames_are_refused_and_never_read_as_other_trades():
    with SimulatedExchange(
        ExchangeConfig((SPOT,), faults=StreamFaults(corrupt=1.0), **MANY)
    ) as exchange:
        frames = listen(exchange, SPOT, 1, 0.5)[0]
        out = decoded(SPOT, frames)
        assert out.of("trades") == []
        assert len(out.rejected) == len(frames) - 1 > 500


def test_new_fields_change_nothing():
    with SimulatedExchange(
        ExchangeConfig((SPOT, LINEAR), faults=StreamFaults(new_fields=1.0), **MANY)
    ) as exchange:
        for name in (SPOT, LINEAR):
            frames = asyncio.run(
                heard(exchange, name, "trades", "book_deltas", seconds=0.3, least=500)
            )
            out = decoded(name, frames)
            assert sum(b"zzNewField" in f for f in frames) == len(frames) - 1
            assert out.rejected == [] and out.of("trades") and out.of("book_deltas")


def test_trades_that_nobody_heard_are_in_the_history_unless_they_are_lost():
    faults = StreamFaults(drop_everywhere=0.02)
    with SimulatedExchange(ExchangeConfig((SPOT,), faults=faults, **MANY)) as exchange:

        async def run():
            url = exchange.endpoints()["binance:spot"]["websocket"]
            clients = [
                await connected(url, "binance", subscribing(SPOT, "trades")) for _ in range(2)
            ]
            await asyncio.sleep(0.4)
            await asyncio.to_thread(
                exchange.set_faults, parse_faults("drop_everywhere=2%,irreparable")
            )
            await asyncio.sleep(0.4)
            await asyncio.to_thread(exchange.halt)
            await asyncio.sleep(0.2)
            return [client.frames for client in clients]

        frames = asyncio.run(run())
        truth = exchange.ledger()[SPOT]
        record = exchange.ledger().connections[0]
        since = record.hearings[0].first
        holes = {n for hole in truth.holes for n in range(hole.first, hole.last + 1)}
        union = {int(i) for told in frames for i in ids_heard(SPOT, told)}
        told = set(truth.trades["sequence"].to_list())
        assert {n for n in told if n >= since} - union == {n for n in holes if n >= since}
        assert union & holes == set()
        assert len(truth.holes) > 5 and 0 < len(truth.lost) < len(holes)
        assert set(truth.lost) <= holes <= set(truth.unheard)
        history = history_of(Rest(exchange, SPOT), since, max(told))
        assert {n for n in told if n >= since} - history == {n for n in truth.lost if n >= since}


def history_of(rest: Rest, first: int, last: int) -> set[int]:
    found: set[int] = set()
    while first <= last:
        out, _ = rest.ask("historicalTrades", fromId=first, limit=1_000)
        ids = [i for part in out.of("trades") for i in part.table.column("sequence").to_pylist()]
        if not ids:
            break
        found |= set(ids)
        first = max(ids) + 1
    return found


def test_a_disconnect_is_a_reset_or_a_closing_frame_and_what_was_under_way_is_doubted():
    with SimulatedExchange(
        ExchangeConfig((SPOT,), faults=StreamFaults(disconnect=0.1), **MANY)
    ) as exchange:

        async def run():
            url = exchange.endpoints()["binance:spot"]["websocket"]
            heard_ids: set[str] = set()
            for _ in range(6):
                one = await connected(url, "binance", subscribing(SPOT, "trades"))
                await asyncio.wait_for(one.closed.wait(), 5)
                heard_ids |= set(ids_heard(SPOT, one.frames)) if len(one.frames) > 1 else set()
            return heard_ids

        heard_ids = asyncio.run(run())
        until(lambda: all(record.closed_us for record in exchange.records))
        truth = exchange.ledger()
        assert [record.ended_by for record in truth.connections] == ["disconnect"] * 6
        first = exchange.markets[0].first_id
        delivered = {str(first + at) for at, count in enumerate(truth[SPOT].delivered) if count}
        assert delivered <= heard_ids  # what is called delivered is surely there


def test_a_stalled_connection_is_silent_and_goes_on_without_what_it_missed():
    faults = StreamFaults(stall=0.15, stall_seconds=0.2)
    with SimulatedExchange(ExchangeConfig((SPOT,), faults=faults, **MANY)) as exchange:
        frames = listen(exchange, SPOT, 1, 1.0)[0]
        record = exchange.ledger().connections[0]
        assert record.faults["stalls"] >= 1 and record.faults["disconnect"] == 0
        ids = sorted(int(i) for i in ids_heard(SPOT, frames))
        gaps = [b - a for a, b in itertools.pairwise(ids) if b > a + 1]
        assert gaps and sum(gap - 1 for gap in gaps) <= record.faults["stall"]


def test_late_frames_come_late_but_come():
    faults = StreamFaults(delay=0.2, delay_seconds=0.2)
    with SimulatedExchange(ExchangeConfig((SPOT,), faults=faults, **MANY)) as exchange:
        frames = listen(exchange, SPOT, 1, 0.6)[0]
        record = exchange.ledger().connections[0]
        ids = [int(i) for i in ids_heard(SPOT, frames)]
        assert record.faults["delay"] > 50 and ids != sorted(ids)
        assert sorted(ids) == list(
            range(record.hearings[0].first, record.hearings[0].first + len(ids))
        )


def test_huge_and_deeply_nested_frames_come_whole():
    config = ExchangeConfig(
        (SPOT,), faults=StreamFaults(nested=0.002, huge=0.002, huge_bytes=6 << 20), **MANY
    )
    with SimulatedExchange(config) as exchange:
        frames = listen(exchange, SPOT, 1, 0.5)[0]
        assert any(len(f) > 6 << 20 and f.endswith(b'x"}') for f in frames)
        assert any(f.count(b"[") == 100_000 for f in frames)


def test_handshakes_and_requests_are_answered_429_with_a_time_to_come_back():
    config = ExchangeConfig((SPOT,), faults=StreamFaults(handshake_429=1.0, rest_429=1.0))
    with SimulatedExchange(config) as exchange:
        status, headers, _ = Rest(exchange, SPOT).get("/api/v3/time")
        assert (status, headers["Retry-After"]) == (429, "1")
        with pytest.raises(WSError, match="429"):
            asyncio.run(heard(exchange, SPOT, "trades"))
        exchange.set_faults(StreamFaults())
        assert Rest(exchange, SPOT).get("/api/v3/time")[0] == 200


def test_used_up_weight_is_429_then_418():
    with SimulatedExchange(ExchangeConfig((SPOT,))) as exchange:
        rest = Rest(exchange, SPOT)
        answers = [rest.get("/api/v3/depth?symbol=BTCUSDT&limit=5000") for _ in range(60)]
        statuses = [status for status, _, _ in answers]
        assert statuses[:24] == [200] * 24 and {429, 418} <= set(statuses)
        assert answers[23][1]["X-MBX-USED-WEIGHT-1M"] == "6000"
        assert int(answers[-1][1]["Retry-After"]) > 60


def test_connections_are_refused_for_a_while():
    with SimulatedExchange(ExchangeConfig((SPOT,))) as exchange:
        exchange.refuse_connections(1.0)
        with pytest.raises(ConnectionRefusedError):
            asyncio.run(heard(exchange, SPOT, "trades"))
        until(lambda: _listens(exchange))
        assert asyncio.run(heard(exchange, SPOT, "trades", seconds=0.1))


def _listens(exchange) -> bool:
    try:
        return Rest(exchange, SPOT).get("/api/v3/time")[0] == 200
    except ConnectionRefusedError:
        return False


def test_all_connections_can_be_cut_at_once():
    with SimulatedExchange(ExchangeConfig((SPOT,), **MANY)) as exchange:

        async def run():
            url = exchange.endpoints()["binance:spot"]["websocket"]
            found = [await connected(url, "binance", subscribing(SPOT, "trades")) for _ in range(3)]
            await asyncio.sleep(0.2)
            assert await asyncio.to_thread(exchange.disconnect_all) == 3
            await asyncio.wait_for(asyncio.gather(*(one.closed.wait() for one in found)), 5)

        asyncio.run(run())


def test_faults_are_read_from_text():
    text = "drop=0.01, duplicate=2%,disconnect=30s,irreparable,reorder-within=4,stall_seconds=3"
    expected = StreamFaults(
        0.01, 0.02, disconnect=30.0, irreparable=True, reorder_within=4, stall_seconds=3.0
    )
    assert parse_faults(text) == expected
    assert parse_faults("", expected) == expected


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("drop=2", "probability"),
        ("lose=0.1", "no fault is called 'lose'"),
        ("drop=much", "no number"),
        ("drop=nan", "no finite number"),
        ("drop=0.6,corrupt=0.6", "add up"),
        ("stall=-1", "below zero"),
        ("irreparable=perhaps", "true or false"),
    ],
)
def test_faults_that_make_no_sense_are_refused(text, said):
    with pytest.raises(ConfigurationError, match=said):
        parse_faults(text)


def test_messages_that_are_no_commands_are_answered_not_fatal():
    with SimulatedExchange(ExchangeConfig((SPOT, LINEAR))) as exchange:

        async def run(place, venue):
            url = exchange.endpoints()[place]["websocket"]
            one = await connected(
                url, venue, [b"}", b"[]", b'{"op":"x","method":"x"}', b'{"op":"ping"}']
            )
            await asyncio.sleep(0.1)
            one.transport.disconnect()
            return [json.loads(f) for f in one.frames]

        assert len(asyncio.run(run("binance:spot", "binance"))) == 4
        assert asyncio.run(run("bybit:linear", "bybit"))[-1]["ret_msg"] == "pong"
