"""What a gatherer notices in the frames of every venue, without a socket."""

import time

from marketdata_platform.core.instrument import Instrument
from marketdata_platform.feeds.gathering.channel_state import ChannelStats
from marketdata_platform.feeds.gathering.continuity import Watch
from marketdata_platform.feeds.gathering.plan import plan
from marketdata_platform.venues.endpoints import endpoint_of


def watching(name, *datasets):
    market = plan({Instrument.parse(one): datasets for one in name.split()}, endpoint_of)[0]
    part = market.connections[0]
    stats = {channel: ChannelStats(channel) for channel in part.channels}
    watch = Watch(stats, part, "abc123")
    watch.subscribed(part.channels, time.monotonic())
    return watch, list(stats.values())


def look(watch, *frames):
    watch.look(
        [([frame.encode() if isinstance(frame, str) else frame for frame in frames], 10**18, 10**9)]
    )
    return watch.found()


def gaps(found):
    return [(gap.first, gap.last) for gap in found.gaps]


def depth(first, last, previous=None):
    told = f',"pu":{previous}' if previous is not None else ""
    return (
        '{"stream":"btcusdt@depth@100ms","data":{"e":"depthUpdate","E":5,"s":"BTCUSDT",'
        f'"U":{first},"u":{last}{told},"b":[],"a":[]}}}}'
    )


def trade(number):
    return (
        f'{{"stream":"btcusdt@trade","data":{{"e":"trade","E":5,"s":"BTCUSDT","t":{number},'
        f'"p":"1","q":"1"}}}}'
    )


def test_trade_ids_of_binance_count_without_holes():
    watch, (stats,) = watching("binance:spot:BTCUSDT", "trades")
    assert gaps(look(watch, trade(7), trade(8), trade(9))) == []
    assert gaps(look(watch, trade(9), trade(8), trade(12), trade(13))) == [(10, 11)]
    assert gaps(look(watch, trade(15))) == [(14, 14)]
    assert (stats.messages, stats.last_sequence, stats.gaps) == (8, 15, 2)
    watch.settle()
    assert stats.last_event_us == 5_000


def test_a_wild_id_hides_no_hole_after_it():
    watch, (stats,) = watching("binance:spot:BTCUSDT", "trades")
    look(watch, trade(7), trade(10**15))
    assert gaps(look(watch, trade(8), trade(10))) == [(9, 9)]
    assert watch.unread == 1
    assert gaps(look(watch, trade(10**12), trade(10**12 + 1))) == [
        (11, 10**12)
    ]  # twice in a row: believed
    assert stats.last_sequence == 10**12 + 1


def test_a_spot_book_breaks_when_an_update_is_missing_and_joins_a_whole_one():
    watch, (stats,) = watching("binance:spot:BTCUSDT", "book_deltas")
    (channel,) = (stats.channel,)
    assert look(watch, depth(5, 7), depth(8, 8)).broken == []
    assert not watch.snapshot_joins(channel, 3)  # older than what came: 4 would be missing
    assert watch.snapshot_joins(channel, 4)
    found = look(watch, depth(10, 11))
    assert gaps(found) == [(9, 9)] and found.broken == [channel]


def test_a_whole_book_that_comes_first_must_meet_the_first_change():
    watch, (stats,) = watching("binance:spot:BTCUSDT", "book_deltas")
    assert watch.snapshot_joins(stats.channel, 4)
    assert look(watch, depth(7, 8)).broken == [stats.channel]


def test_a_futures_book_is_followed_by_the_id_before():
    watch, _ = watching("binance:futures:BTCUSDT", "book_deltas")
    assert gaps(look(watch, depth(5, 9, 2), depth(20, 30, 9))) == []
    assert gaps(look(watch, depth(40, 50, 35))) == [(31, 39)]


def test_aggregate_trades_are_followed_by_their_own_id():
    watch, _ = watching("binance:futures:BTCUSDT", "trades@aggTrade")
    frame = (
        '{"stream":"btcusdt@aggTrade","data":{"e":"aggTrade","E":5,"s":"BTCUSDT","a":%d,"f":1,'
        '"l":9,"m":true}}'
    )
    assert gaps(look(watch, frame % 1, frame % 2, frame % 4)) == [(3, 3)]


def test_deribit_counts_trades_and_names_the_change_before():
    watch, (trades, book) = watching("deribit:perpetual:BTC-PERPETUAL", "trades", "book_deltas")
    told = (
        '{"jsonrpc":"2.0","method":"subscription",'
        '"params":{"channel":"trades.BTC-PERPETUAL.100ms","data":[%s]}}'
    )
    one = '{"trade_seq":%d,"timestamp":9,"instrument_name":"BTC-PERPETUAL"}'
    assert gaps(look(watch, told % f"{one % 1},{one % 2}", told % (one % 5))) == [(3, 4)]
    change = (
        '{"jsonrpc":"2.0","method":"subscription","params":{"channel":"book.BTC-PERPETUAL.100ms",'
        '"data":'
        '{"type":"%s","timestamp":9,"change_id":%d,"prev_change_id":%d,"bids":[],"asks":[]}}}'
    )
    assert look(watch, change % ("snapshot", 10, 0), change % ("change", 12, 10)).broken == []
    assert look(watch, change % ("change", 20, 15)).broken == [book.channel]
    assert look(watch, change % ("snapshot", 30, 0), change % ("change", 31, 30)).broken == []
    assert trades.last_sequence == 5


def test_deribits_test_request_is_answered():
    watch, _ = watching("deribit:perpetual:BTC-PERPETUAL", "trades")
    look(watch, '{"jsonrpc":"2.0","method":"heartbeat","params":{"type":"test_request"}}')
    assert b"public/test" in watch.replies()[0].answer
    assert watch.replies() == []


def test_a_book_of_bybit_rises_by_one_and_begins_anew_with_a_whole_one():
    watch, (stats,) = watching("bybit:linear:BTCUSDT", "book_deltas")
    frame = (
        '{"topic":"orderbook.200.BTCUSDT","type":"%s","ts":9,"data":{"s":"BTCUSDT","b":[],"a":[],'
        '"u":%d,"seq":1}}'
    )
    assert (
        look(watch, frame % ("snapshot", 5), frame % ("delta", 6), frame % ("delta", 7)).broken
        == []
    )
    assert look(watch, frame % ("delta", 9)).broken == [stats.channel]
    assert look(watch, frame % ("snapshot", 1), frame % ("delta", 2)).broken == []


def test_kalshi_counts_over_all_markets_of_a_subscription():
    watch, (one, two) = watching("kalshi:event:KXA-1 kalshi:event:KXB-1", "book_deltas")
    frame = '{"type":"orderbook_%s","sid":3,"seq":%d,"msg":{"market_ticker":"%s","ts_ms":9}}'
    assert (
        gaps(look(watch, frame % ("snapshot", 1, "KXA-1"), frame % ("snapshot", 2, "KXB-1"))) == []
    )
    assert gaps(look(watch, frame % ("delta", 4, "KXA-1"), frame % ("delta", 3, "KXB-1"))) == []
    found = look(watch, frame % ("delta", 7, "KXA-1"))
    assert gaps(found) == [(5, 6), (5, 6)]
    assert set(found.broken) == {one.channel, two.channel}
    assert watch.sids([one.channel]) == {"orderbook_delta:KXA-1": 3}
    assert set(watch.together([one.channel])) == {one.channel, two.channel}


def test_what_a_venue_replies_is_found():
    watch, _ = watching("binance:spot:BTCUSDT", "trades")
    look(watch, '{"error":{"code":2,"msg":"Invalid request"},"id":1}', '{"result":null,"id":2}', "")
    assert [(one.number, one.said) for one in watch.replies()] == [
        (1, "2 Invalid request"),
        (2, ""),
    ]
    assert watch.replies() == []


def test_a_dropped_channel_is_neither_silent_nor_asked_for_again():
    watch, (one, two) = watching("bybit:linear:AUSDT bybit:linear:BUSDT", "trades")
    watch.drop(one.channel, "error: no such topic")
    assert watch.silent(time.monotonic() + 61, 60) == [two.channel]
    assert watch.together([one.channel, two.channel]) == [two.channel]
    assert (one.refused, one.stale, two.refused) == ("error: no such topic", False, "")


def test_a_dropped_channel_that_brings_frames_is_taken_back():
    watch, (stats,) = watching("binance:spot:BTCUSDT", "trades")
    watch.drop(stats.channel, "no such stream")
    assert look(watch, trade(7)).returned == [stats.channel]
    assert (stats.refused, stats.messages) == ("", 1)
    assert look(watch, trade(8)).returned == []
    assert watch.silent(time.monotonic() + 10**6, 60) == [stats.channel]


def test_a_rare_channel_is_given_time_and_a_lively_one_is_not():
    watch, (stats,) = watching("binance:futures:BTCUSDT", "liquidations")
    now = time.monotonic()
    assert watch.silent(now + 30, 60) == []
    assert watch.silent(now + 61, 60) == [stats.channel]
    assert watch.silent(now + 62, 60) == []  # twice as long from now on
    assert watch.silent(now + 121, 60) == [stats.channel]
    assert not watch.in_vain(stats.channel) and not stats.stale
