"""Whatever comes, decoding never raises: each frame gives rows, is refused with a reason, or is
counted by its type.
"""

import copy
import subprocess
import sys

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from marketdata_platform.core.dedup import ROW, check
from marketdata_platform.venues.decoding import decode_answers
from marketdata_platform.venues.kit.streams import Stream
from marketdata_platform_tests.venues.every_frame import ANSWERS, FRAMES, written
from marketdata_platform_tests.venues.small_frames import DECODERS, NOW, NOW_MS

_ODD = [
    *(
        None,
        True,
        False,
        0,
        -1,
        1,
        2**63,
        -(2**70),
        10**30,
        1.5,
        1e308,
        -0.0,
        NOW_MS,
        10**18,
        10**11 - 1,
    ),
    *(
        "",
        "x",
        "-1",
        "1e400",
        "NaN",
        "Infinity",
        "1" * 100,
        "9" * 30,
        "é",
        "\u0000",
        "\u202e",
        "a b",
        "..",
        "\u0663",
    ),
    *("0.000000000000001", "99999999999999999999.5", "x" * 5_000, str(NOW_MS)),
    *(
        "2026-08-05T04:00:00Z",
        "0001-01-01T00:00:00Z",
        "9999-12-31T23:59:59Z",
        "2026-08-05T04:00:00",
    ),
    *(
        [],
        {},
        [[]],
        [None],
        {"a": 1},
        [["1", "2"]],
        [["1"]],
        [["1", "2", "3", "4"]],
        [[1, 2]],
        [[None, None]],
    ),
    [[["1", "2"]]],
]
ODD = st.sampled_from(range(len(_ODD))).map(lambda number: copy.deepcopy(_ODD[number]))
INSERTED = st.sampled_from(
    [b"\0", b"\xff\xfe", b'"', b"[[[[", b"}}", b"1e9999", b"\\u0000", b"\\ud800", b"\n", b"// x"]
)


def places(message, at=()):
    found = [at] if at else []
    inner = (
        message.items()
        if isinstance(message, dict)
        else enumerate(message)
        if isinstance(message, list)
        else ()
    )
    for name, value in inner:
        found += places(value, (*at, name))
    return found


@st.composite
def altered(draw, messages):
    """A message with other values, without a field, with one more, cut short, or with bytes that do
    not belong.
    """
    message = copy.deepcopy(draw(st.sampled_from(messages)))
    for _ in range(draw(st.integers(0, 2))):
        at = draw(st.sampled_from(places(message)))
        holder = message
        for name in at[:-1]:
            holder = holder[name]
        if isinstance(holder, dict) and draw(st.booleans()) and draw(st.booleans()):
            del holder[at[-1]]
        else:
            holder[at[-1]] = draw(ODD)
        if isinstance(holder, dict) and draw(st.booleans()):
            holder[draw(st.sampled_from(["new", "e", "type", "data", "E", "T"]))] = draw(ODD)
        if not places(message):
            break
    text = written(message)
    kind = draw(st.integers(0, 5))
    if kind == 0:
        return text[: draw(st.integers(0, len(text)))]
    at = draw(st.integers(0, len(text)))
    return text[:at] + draw(INSERTED) + text[at:] if kind == 1 else text


def require_accounted(out, frames):
    seen = {refused.frame for refused in out.rejected}
    for part in out.rows:
        seen |= set(part.frames.tolist())
        good, refused = check(part.dataset, pl.from_arrow(part.table).with_row_index(ROW))
        assert good.height + len(refused) == part.table.num_rows
    assert all(refused.reason for refused in out.rejected)
    assert sum(out.counts.values()) + len(seen) >= len(frames)


@pytest.mark.parametrize("key", sorted(FRAMES))
@settings(max_examples=12, deadline=None)
@given(data=st.data())
def test_frames_of_every_venue_are_decoded_refused_or_counted(key, data):
    try_frames(key, data)


@pytest.mark.slow
@pytest.mark.parametrize("key", sorted(FRAMES))
@settings(max_examples=1_000, deadline=None)
@given(data=st.data())
def test_thousands_of_altered_frames_are_decoded_refused_or_counted(key, data):
    try_frames(key, data)


def _numbered_apart(key, number, message):
    """Kalshi's messages by a number that no altered one has: the same number again would be the
    same message.
    """
    return {**message, "seq": number} if key == "KALSHI" and "seq" in message else message


def try_frames(key, data):
    decode, market = DECODERS[key]
    frames = data.draw(st.lists(altered(FRAMES[key]), min_size=1, max_size=4))
    good = [
        written(_numbered_apart(key, number, message))
        for number, message in enumerate(FRAMES[key], 10_000)
    ]
    out = decode(market, [*frames, *good], np.full(len(frames) + len(good), NOW, np.int64))
    require_accounted(out, [*frames, *good])
    alone = decode(market, good, np.full(len(good), NOW, np.int64))
    for part in alone.rows:  # neighbours of a bad frame are kept
        kept = {frame for rows in out.of(part.dataset.name) for frame in rows.frames.tolist()}
        assert {frame + len(frames) for frame in part.frames.tolist()} <= kept


@pytest.mark.parametrize("venue", sorted({venue for venue, *_ in ANSWERS}))
@settings(max_examples=12, deadline=None)
@given(data=st.data())
def test_answers_of_every_route_are_decoded_refused_or_counted(venue, data):
    try_answers(venue, data)


@pytest.mark.slow
@pytest.mark.parametrize("venue", sorted({venue for venue, *_ in ANSWERS}))
@settings(max_examples=1_000, deadline=None)
@given(data=st.data())
def test_thousands_of_altered_answers_are_decoded_refused_or_counted(venue, data):
    try_answers(venue, data)


def try_answers(venue, data):
    asked = data.draw(st.sampled_from([where for where in ANSWERS if where[0] == venue]))
    symbol = data.draw(st.sampled_from(["BTCUSDT", "", "x y", "..", "\u202e", "a&b=c"]))
    bodies = data.draw(st.lists(altered([ANSWERS[asked]]), min_size=1, max_size=3))
    out = decode_answers(Stream.answer(*asked, symbol), bodies, [NOW] * len(bodies))
    require_accounted(out, bodies)


@pytest.mark.parametrize("key", sorted(FRAMES))
def test_every_small_frame_is_taken_as_it_is(key):
    decode, market = DECODERS[key]
    frames = [written(message) for message in FRAMES[key]]
    out = decode(market, frames, np.full(len(frames), NOW, np.int64))
    assert out.rejected == []
    for part in out.rows:
        assert check(part.dataset, pl.from_arrow(part.table).with_row_index(ROW))[1] == []


@pytest.mark.parametrize("asked", sorted(ANSWERS), ids="/".join)
def test_every_small_answer_is_taken_as_it_is(asked):
    symbol = "BTC-261225-100000-C" if asked[1] == "options" else "BTCUSDT"
    out = decode_answers(Stream.answer(*asked, symbol), [written(ANSWERS[asked])], [NOW])
    assert out.rejected == []
    assert out.rows, asked


@pytest.mark.parametrize("where", [*sorted(FRAMES), *sorted(ANSWERS)], ids=str)
def test_deeply_nested_frames_are_refused_or_counted_wherever_the_nesting_is(where):
    deep = b"[" * 100_000 + b"]" * 100_000
    message = FRAMES[where][0] if isinstance(where, str) else ANSWERS[where]
    text = written(message)
    frames = [
        deep,
        b'{"a":' * 50_000 + b"1" + b"}" * 50_000,
        text.replace(b"1.5", deep, 1),
        text[:-1] + b',"n":' + deep + b"}",
    ]
    if isinstance(where, str):
        decode, market = DECODERS[where]
        out = decode(market, frames, np.full(len(frames), NOW, np.int64))
    else:
        out = decode_answers(Stream.answer(*where, "BTCUSDT"), frames, [NOW] * len(frames))
    require_accounted(out, frames)


_FIFTY = """
import resource, sys
import numpy as np
from marketdata_platform_tests.venues.small_frames import DECODERS
from marketdata_platform.venues.decoding import decode_answers
from marketdata_platform.venues.kit.streams import Stream
from marketdata_platform_tests.venues.every_frame import ANSWERS, FRAMES, written
kind = sys.argv[1]
big = {"text": b'"' + b"x" * 50_000_000 + b'"', "list": b"[" + b"1," * 25_000_000 + b"1]"}[kind]
now = np.full(1, 1_786_310_820_000_000, np.int64)
def peak(): return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
for key, messages in FRAMES.items():
    decode, market = DECODERS[key]
    decode(market, [written(messages[0])], now)
before = peak()
for key, messages in FRAMES.items():
    decode, market = DECODERS[key]
    out = decode(market, [written(messages[0])[:-1] + b',"new":' + big + b"}"], now)
    assert sum(out.counts.values()) + len(out.rejected) >= 1
    out = decode(market, [big], now)
    assert sum(out.counts.values()) + len(out.rejected) >= 1
print(before, peak() - before)
"""


@pytest.mark.slow
@pytest.mark.parametrize("kind", ["text", "list"])
def test_frames_of_fifty_megabytes_cost_a_few_times_their_size_and_no_more(kind):
    ran = subprocess.run(
        [sys.executable, "-c", _FIFTY, kind],
        capture_output=True,
        text=True,
        check=True,
        timeout=300,
    )
    _, more = map(int, ran.stdout.split())
    assert more < (200 if kind == "text" else 700), f"{more} MiB"


def test_the_reason_of_a_huge_frame_is_short():
    decode, market = DECODERS["BINANCE"]
    frames = [b'{"stream":"' + b"x" * 5_000_000, written({"e": "x" * 5_000_000})]
    out = decode(market, frames, np.full(2, NOW))
    assert all(len(refused.reason) < 1_000 for refused in out.rejected)
    assert all(len(name) < 100 for name in out.counts)
