"""Frames that are read by the decoder of their kind give what reading each as any frame gives,
whatever else is in the batch.
"""

import json

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from marketdata_platform.venues.decoding import decoder_of, routed
from marketdata_platform.venues.kit import kinds
from marketdata_platform_tests.venues.every_frame import FRAMES, GOOD, written
from marketdata_platform_tests.venues.small_frames import DECODERS, NOW, NOW_MS, binance
from marketdata_platform_tests.venues.test_hostile_frames import altered


def both_ways(key, frames):
    """What a batch gives, and what it gives when each frame is read as any frame."""
    decode, market = DECODERS[key]
    times = NOW + np.arange(len(frames))
    told_apart = decode(market, frames, times)
    forms, kinds._forms = kinds._forms, lambda frames, _: [(None, np.arange(len(frames)))]
    try:
        return told_apart, decode(market, frames, times)
    finally:
        kinds._forms = forms


def require_equal(left, right):
    assert list(left.counts.items()) == list(right.counts.items())
    assert left.rejected == right.rejected
    assert [(r.dataset.name, r.instrument) for r in left.rows] == [
        (r.dataset.name, r.instrument) for r in right.rows
    ]
    for one, other in zip(left.rows, right.rows, strict=True):
        assert one.table.equals(other.table), one.dataset.name
        assert one.frames.tolist() == other.frames.tolist()


def ordinary(key, count):
    """Many frames of every kind that the venue sends, each with numbers of its own."""
    frames = []
    for number in range(count):
        text = written(FRAMES[key][number % len(FRAMES[key])]).decode()
        frames.append(
            text.replace('"1.5"', f'"{number + 1}.5"')
            .replace(str(NOW_MS), str(NOW_MS + number))
            .encode()
        )
    return frames


@pytest.mark.parametrize("key", sorted(FRAMES))
@settings(max_examples=25, deadline=None)
@given(data=st.data())
def test_a_batch_with_odd_frames_gives_what_decoding_each_gives(key, data):
    frames = ordinary(key, 60)
    for odd in data.draw(st.lists(altered(FRAMES[key]), max_size=6)):
        frames.insert(data.draw(st.integers(0, len(frames))), odd)
    require_equal(*both_ways(key, frames))


def trade(number, **changed):
    told = {
        "e": "trade",
        "s": "BTCUSDT",
        "t": number,
        "p": f"{number}.5",
        "q": "2",
        "T": NOW_MS,
        "m": True,
        "X": "MARKET",
    }
    return written(binance("trade", **told | changed))


ODD_TRADES = {
    "an exponent": {"p": "1e-3"},
    "no number": {"p": "x"},
    "an empty price": {"p": ""},
    "too many decimals": {"p": "0.123456789"},
    "more than 64 bits": {"q": "99999999999.00000001"},
    "too large": {"p": "12345678901"},
    "a delimiter in a number": {"p": "1,5"},
    "an escape": {"s": 'BTC"USDT'},
    "a lone surrogate": {"s": "\ud800"},
    "other letters": {"s": "БТК"},
    "another symbol": {"s": "ETHUSDT"},
    "no symbol": {"s": ""},
    "a null mark": {"X": None},
    "another mark": {"X": "INSURANCE_FUND"},
    "a number for a text": {"X": 1},
    "a text for a number": {"t": "5"},
    "a negative id": {"t": -5},
    "nineteen digits": {"t": 9_223_372_036_854_775_807},
    "beyond 64 bits": {"t": 2**70},
    "a time of no year": {"T": 5},
    "no time": {"T": 0},
    "a fraction for an id": {"t": 1.0},
    "null for a flag": {"m": None},
    "another type of event": {"e": "aggTrade"},
    "one more field": {"new": [1, {"x": None}]},
    "an id that repeats": {"t": 1},
}


@pytest.mark.parametrize("changed", ODD_TRADES.values(), ids=ODD_TRADES.keys())
@pytest.mark.parametrize("key", ["BINANCE", "BINANCE_FUTURES"])
@pytest.mark.parametrize("place", [0, 17])
def test_an_odd_trade_among_others_is_read_as_it_would_be_alone(key, changed, place):
    frames = [trade(number) for number in range(1, 40)]
    frames.insert(place, trade(40, **changed))
    require_equal(*both_ways(key, frames))


_PLAIN = trade(1)
BENT = {
    "cut": _PLAIN[:-1],
    "two in one": _PLAIN + _PLAIN,
    "followed by space": _PLAIN + b" \n",
    "preceded by space": b" " + _PLAIN,
    "a zero byte at its end": _PLAIN + b"\0",
    "a leading zero": _PLAIN.replace(b'"t":1,', b'"t":01,'),
    "a comma too many": _PLAIN.replace(b"}}", b",}}"),
    "the same field twice": _PLAIN.replace(b"}}", b',"p":"7"}}'),
    "other bytes than UTF-8": _PLAIN.replace(b"BTC", b"B\xff\xfe"),
    "other bytes than UTF-8 in what nobody reads": _PLAIN.replace(b"}}", b',"new":"\xe8"}}'),
    "a deep nest in what nobody reads": _PLAIN.replace(
        b"}}", b',"new":' + b"[" * 3_000 + b"]" * 3_000 + b"}}"
    ),
    "fields in another order": json.dumps(json.loads(_PLAIN), sort_keys=True).encode(),
    "no envelope": json.dumps(json.loads(_PLAIN)["data"]).encode(),
    "a stream's name that is a number": _PLAIN.replace(b'"btcusdt@trade"', b"5"),
    "the name of a ticker's stream": _PLAIN.replace(b"@trade", b"@bookTicker"),
    "nothing": b"",
    "an empty object": b"{}",
}


@pytest.mark.parametrize("bent", BENT.values(), ids=BENT.keys())
@pytest.mark.parametrize("key", ["BINANCE", "BINANCE_FUTURES"])
def test_a_bent_frame_among_others_is_read_as_it_would_be_alone(key, bent):
    for place in (0, 20):
        frames = [trade(number) for number in range(1, 40)]
        frames.insert(place, bent)
        require_equal(*both_ways(key, frames))
    require_equal(*both_ways(key, [bent] * 40))


@pytest.mark.parametrize("key", sorted(set(GOOD) - {"BINANCE_OPTIONS"}))
def test_the_frames_that_a_venue_sends_are_not_read_one_by_one(key):
    venue, market = routed(key)
    module = decoder_of(venue)
    how = module.frames_of(market) if venue.name == "binance" else module.streams.FRAMES
    ((form, numbers),) = kinds._forms([written(GOOD[key])] * 3, how)
    assert form is not None and numbers.tolist() == [0, 1, 2]
