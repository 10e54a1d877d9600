"""Numbering many events at once gives what numbering one after the other gives, state and all."""

import json
from itertools import pairwise

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from marketdata_platform.core.repeats import AGAIN, Repeats

MINUTE = 60_000_000
MOMENTS = st.one_of(
    st.integers(0, 6).map(lambda n: 10 * MINUTE + n),
    st.integers(0, 6).map(lambda n: 10 * MINUTE + n * MINUTE // 4),
    st.integers(0, 20 * MINUTE),
)
EVENTS = st.lists(st.tuples(MOMENTS, st.sampled_from("ab"), st.integers(0, 2)), max_size=30)


class OneByOne:
    """The rule, a key after the other."""

    def __init__(self):
        self.seen, self.newest = {}, 0

    def number(self, moment, text, message):
        if self.counted(moment, f"{text}#{message}"):
            return AGAIN
        return self.counted(moment, text)

    def counted(self, moment, text):
        self.seen[moment, text] = self.seen.get((moment, text), -1) + 1
        found, self.newest = self.seen[moment, text], max(self.newest, moment)
        while self.seen and (first := next(iter(self.seen)))[0] < self.newest - MINUTE:
            del self.seen[first]
        return found

    def to_bytes(self):
        return json.dumps([self.newest, [[*k, n] for k, n in self.seen.items()]]).encode()


def numbered(repeats, events):
    return repeats.number(
        np.array([moment for moment, _, _ in events], np.int64),
        lambda row: events[row][1],
        lambda row: f"{events[row][1]}#{events[row][2]}",
    ).tolist()


@settings(max_examples=500, deadline=None)
@given(EVENTS, st.lists(st.integers(0, 30), max_size=4))
def test_a_batch_is_numbered_as_its_events_one_by_one_are(events, cuts):
    batches, one_by_one = Repeats(), OneByOne()
    bounds = sorted({0, len(events), *(min(cut, len(events)) for cut in cuts)})
    found = []
    for begin, end in pairwise(bounds):
        found += numbered(batches, events[begin:end])
        batches = Repeats.from_bytes(batches.to_bytes())
    assert found == [one_by_one.number(*event) for event in events]
    assert batches.to_bytes() == one_by_one.to_bytes()


def test_equal_events_count_and_a_message_that_comes_again_does_not():
    events = [(MINUTE, "a", 1), (MINUTE, "a", 2), (MINUTE, "a", 1), (MINUTE, "b", 1)]
    assert numbered(Repeats(), events) == [0, 1, AGAIN, 0]


def test_texts_are_asked_only_of_what_may_have_equals_or_is_remembered():
    moments = np.arange(1, 1_001) * MINUTE
    asked = []
    Repeats().number(moments, lambda row: str(row), lambda row: asked.append(row) or "")
    assert asked == [998, 999]
