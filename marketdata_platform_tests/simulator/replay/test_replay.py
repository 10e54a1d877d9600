"""Recorded frames come through the real protocol byte for byte, in order, at any speed."""

import asyncio
import gzip
import json
import time
from pathlib import Path

import pytest
import zstandard

from marketdata_platform.core.errors import ConfigurationError, InvalidInput, UnsupportedFormat
from marketdata_platform.simulator.replay.recorded import STREAMED
from marketdata_platform.simulator.replay.recordings import open_recording
from marketdata_platform.simulator.replay.replay import parse_speed
from marketdata_platform.simulator.server.exchange import SimulatedExchange
from marketdata_platform_tests.simulator.clients import Rest, connected, payloads
from marketdata_platform_tests.venues.every_frame import GOOD
from marketdata_platform_tests.venues.recordings import recorded
from marketdata_platform_tests.venues.small_frames import NOW_MS, binance, kalshi_message

SECOND = 1_000_000_000


def text(message) -> bytes:
    return json.dumps(message, separators=(",", ":")).encode()


def depth(first: int, last: int, *bids) -> bytes:
    return text(
        binance("depth@0ms", e="depthUpdate", E=NOW_MS, U=first, u=last, b=bids, a=[["2", "1"]])
    )


def trades(count: int) -> list[bytes]:
    return [
        text(binance("trade", e="trade", T=NOW_MS, t=i, p="1.50", q="2", m=True))
        for i in range(count)
    ]


def stamped(path: Path, frames: list[bytes], step_ns: int = 1_000_000) -> Path:
    lines = b"".join(
        b"%d %s\n" % (NOW_MS * 1_000_000 + n * step_ns, f) for n, f in enumerate(frames)
    )
    opened = {".gz": gzip.open, ".zst": zstandard.open}.get(path.suffix, open)
    with opened(path, "wb") as file:
        file.write(lines)
    return path


def played(recording, venue: str, market: str, channels, *, speed: float = 0.0) -> list[bytes]:
    """What one subscriber hears of a recording, without the answers to its commands."""
    with SimulatedExchange(recording=recording, replay_speed=speed) as exchange:

        async def run():
            url = exchange.endpoints()[f"{venue}:{market}"]["websocket"]
            told = payloads(venue, market, channels)
            one = await connected(url, venue, told)
            while not exchange.replay.finished:
                await asyncio.sleep(0.02)
            await asyncio.sleep(0.2)
            one.transport.disconnect()
            return one.frames[len(told) :]

        return asyncio.run(run())


@pytest.mark.parametrize("name", ["frames.log", "frames.log.gz", "frames.log.zst"])
def test_frames_of_a_stamped_recording_come_in_order_and_unchanged(tmp_path, name):
    frames = [*trades(3_000), b'{"stream":"btcusdt@trade","data":{"e":"tra', *trades(10)]
    frames[5] = frames[5].replace(b'":', b'" : ')  # as it was written, spaces and all
    recording = open_recording([stamped(tmp_path / name, frames)], "binance:spot")
    assert played(recording, "binance", "spot", ["btcusdt@trade"]) == frames


def test_only_the_channels_that_are_subscribed_to_are_played_whatever_their_pace(tmp_path):
    frames = [depth(1, 2), *trades(2), depth(3, 4)]
    path = stamped(tmp_path / "frames.log", frames)
    recording = open_recording([path], "binance:futures")
    assert played(recording, "binance", "futures", ["btcusdt@depth@100ms"]) == [
        frames[0],
        frames[3],
    ]


def test_captures_name_their_exchange_and_are_played_without_what_was_sent(tmp_path):
    frame = text(GOOD["BYBIT"])
    lines = [
        {"t": "header", "format": 2, "exchange": "BYBIT"},
        {
            "t": "http",
            "ts": 1.7e9,
            "url": "https://api.bybit.com/v5/market/time?x=1",
            "data": '{"retCode":0}',
        },
        {"t": "send", "ts": 1.7e9, "data": "{}"},
        {"t": "recv", "ts": 1.7e9 + 1, "data": frame.decode()},
        {"t": "recv", "ts": 1.7e9 + 2, "data": '{"op":"subscribe","success":true}'},
    ]
    path = tmp_path / "capture.jsonl"
    path.write_text("\n".join(json.dumps(line) for line in lines), "utf-8")
    recording = open_recording([path])
    assert recording.places == ("bybit:linear",)
    assert played(recording, "bybit", "linear", ["publicTrade.BTCUSDT"]) == [frame]


def test_older_captures_are_played_with_their_answers_beside_them(tmp_path):
    snapshot = b'{"lastUpdateId":3,"bids":[["1","1"]],"asks":[["2","1"]]}'
    lines = [
        b'configuration: {"trades":["BTC-USDT"]}',
        b"wss://stream.binance.com:9443/stream?streams=btcusdt@trade <-> 1617647603.1",
        b"1617647603.25: " + trades(1)[0],
        b"https://api.binance.com/api/v1/depth?symbol=ETHUSDT&limit=1000 -> 1617647603.5: "
        + snapshot,
        b"1617647603.75: " + trades(2)[1],
    ]
    path = tmp_path / "old.0"
    path.write_bytes(b"\n".join(lines))
    recording = open_recording([path], "binance:spot")
    assert [one.kind for one in recording.frames()] == ["stream", "rest", "stream"]
    assert played(recording, "binance", "spot", ["btcusdt@trade"]) == trades(2)


def test_files_of_kalshi_are_merged_by_receive_time(tmp_path):
    def written(name, ticker, offsets):
        told = {
            "yes_price_dollars": "0.5",
            "count_fp": "1.00",
            "taker_side": "yes",
            "ts_ms": NOW_MS,
        }
        frames = [text(kalshi_message("trade", n, trade_id=f"{n}", **told)) for n in offsets]
        frames = [f.replace(b"KX-1", ticker) for f in frames]
        lines = [
            b'{"recv_ms":%d,"event":%s}' % (NOW_MS + n, f)
            for n, f in zip(offsets, frames, strict=True)
        ]
        (tmp_path / name).write_bytes(b"\n".join(lines) + b"\n")
        return dict(zip(offsets, frames, strict=True))

    frames = written("a.ndjson", b"KX-1", [1, 4, 5]) | written("b.ndjson", b"KX-2", [2, 3, 6])
    recording = open_recording([tmp_path / "a.ndjson", tmp_path / "b.ndjson"])
    channels = [f"{kind}:{t}" for kind in ("trade", "orderbook_delta") for t in ("KX-1", "KX-2")]
    heard = played(recording, "kalshi", "event", channels)
    assert heard == [frames[n] for n in sorted(frames)]


def test_a_recording_takes_the_time_that_its_speed_says(tmp_path):
    recording = open_recording(
        [stamped(tmp_path / "f.log", trades(11), SECOND // 5)], "binance:spot"
    )
    begun = time.monotonic()
    assert len(played(recording, "binance", "spot", ["btcusdt@trade"], speed=4.0)) == 11
    assert 0.5 + 0.5 < time.monotonic() - begun < 4.0


def test_the_first_frame_waits_until_as_many_clients_as_wanted_have_subscribed(tmp_path):
    recording = open_recording([stamped(tmp_path / "f.log", trades(50))], "binance:spot")
    with SimulatedExchange(recording=recording, replay_speed=0.0, replay_clients=2) as exchange:

        async def run():
            url = exchange.endpoints()["binance:spot"]["websocket"]
            told = payloads("binance", "spot", ["btcusdt@trade"])
            first = await connected(url, "binance", told)
            await asyncio.sleep(0.7)
            assert len(first.frames) == 1
            second = await connected(url, "binance", told)
            while not exchange.replay.finished:
                await asyncio.sleep(0.02)
            await asyncio.sleep(0.2)
            assert first.frames == second.frames and len(first.frames) == 51

        asyncio.run(run())


def test_rest_tells_the_book_and_the_trades_of_the_moment(tmp_path):
    snapshot = text(
        {"lastUpdateId": 12, "bids": [["1.00", "5"], ["0.90", "1"]], "asks": [["1.10", "2"]]}
    )
    changes = [depth(5, 9, ["0.80", "9"]), depth(10, 14, ["1.00", "4"])]
    frames = [*changes, *trades(5), snapshot, depth(15, 20, ["0.90", "0"])]
    recording = open_recording([stamped(tmp_path / "f.log", frames)], "binance:spot")
    with SimulatedExchange(recording=recording, replay_speed=0.0) as exchange:

        async def run():
            url = exchange.endpoints()["binance:spot"]["websocket"]
            await connected(url, "binance", payloads("binance", "spot", ["btcusdt@depth@100ms"]))
            while not exchange.replay.finished:
                await asyncio.sleep(0.02)

        asyncio.run(run())
        rest = Rest(exchange, "binance:spot:BTCUSDT")
        status, _, body = rest.get("/api/v3/depth?symbol=BTCUSDT&limit=5")
        assert status == 200
        assert json.loads(body) == {
            "lastUpdateId": 20,
            "bids": [["1.00", "4"]],
            "asks": [["1.10", "2"], ["2", "1"]],
        }
        out, _ = rest.ask("historicalTrades", fromId=3, limit=10)
        assert [
            i for part in out.of("trades") for i in part.table.column("sequence").to_pylist()
        ] == [3, 4]
        assert rest.get("/api/v3/aggTrades?symbol=BTCUSDT")[0] == 404


@pytest.mark.parametrize(
    ("content", "error", "said"),
    [
        (b"hello\n", UnsupportedFormat, "begins with 'hello|begins with b'hello"),
        (b"1 {}\n", InvalidInput, "no receive time"),
        (b"\x28\xb5\x2f\xfd garbage", InvalidInput, "cannot be read"),
    ],
)
def test_files_that_are_no_recordings_are_refused(tmp_path, content, error, said):
    path = tmp_path / "f.log"
    path.write_bytes(content)
    with pytest.raises(error, match=said):
        list(open_recording([path], "binance:spot").frames())


def test_a_stamped_recording_needs_its_market_named(tmp_path):
    with pytest.raises(InvalidInput, match="does not say which venue"):
        open_recording([stamped(tmp_path / "f.log", trades(1))])


def test_speeds_are_read():
    assert [parse_speed(s) for s in ("1x", "10x", "0.5", "max")] == [1.0, 10.0, 0.5, 0.0]
    for wrong in ("0x", "-1", "fast", "inf"):
        with pytest.raises(ConfigurationError, match="a speed is"):
            parse_speed(wrong)


def test_a_real_recording_is_heard_as_it_was():
    path = recorded("hftbacktest-binance-ws/usdm/btcusdt_20240718.log.zst")
    recording = open_recording([path], "binance:futures")
    frames = [one.payload for one in recording.frames() if one.kind == STREAMED]
    channels = ["btcusdt@trade", "btcusdt@bookTicker", "btcusdt@depth@100ms"]
    heard = played(recording, "binance", "futures", channels)
    assert len(frames) > 11_000 and heard == frames


def test_a_real_capture_of_kalshi_is_heard_as_it_was():
    folder = recorded("kalshi-gold15m-ws/events/KXGOLD15M-26AUG101815-15")
    recording = open_recording(sorted(folder.glob("*.zst")))
    frames = [one.payload for one in recording.frames()]
    channels = [f"{kind}:KXGOLD15M-26AUG101815-15" for kind in ("orderbook_delta", "trade")]
    heard = played(recording, "kalshi", "event", channels)
    assert len(frames) > 10_000 and heard == frames
