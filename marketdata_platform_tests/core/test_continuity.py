from datetime import UTC, datetime, timedelta
from itertools import pairwise

import polars as pl
from hypothesis import given
from hypothesis import strategies as st

from marketdata_platform.core.continuity import id_gaps, merged, uncovered
from marketdata_platform.core.window import Window

START = datetime(2024, 7, 18, tzinfo=UTC)


def at(seconds: float) -> datetime:
    return START + timedelta(seconds=seconds)


def trades(ids: list[int]) -> pl.DataFrame:
    times = [at(i) for i in ids]
    return pl.DataFrame(
        {"sequence": ids, "ts_event": times},
        schema={"sequence": pl.Int64, "ts_event": pl.Datetime("us", "UTC")},
    )


def test_a_gap_names_its_missing_ids_and_the_trades_around_it():
    (gap,) = id_gaps(trades([7, 3, 4, 8]))

    assert (gap.first_missing, gap.last_missing, gap.missing) == (5, 6, 2)
    assert (gap.after, gap.before) == (at(4), at(7))
    assert gap.window == Window(at(4), at(7) + timedelta(microseconds=1))


def test_no_trade_and_one_trade_have_no_gap():
    assert id_gaps(trades([])) == []
    assert id_gaps(trades([5])) == []


@given(st.sets(st.integers(0, 60), min_size=2))
def test_gaps_are_exactly_the_ids_between_first_and_last_that_are_not_there(ids):
    missing = [
        i
        for gap in id_gaps(trades(list(ids)))
        for i in range(gap.first_missing, gap.last_missing + 1)
    ]

    assert missing == [i for i in range(min(ids), max(ids)) if i not in ids]


seconds = st.integers(0, 50)
windows = st.lists(
    st.tuples(seconds, st.integers(1, 20)).map(lambda w: Window(at(w[0]), at(w[0] + w[1]))),
    max_size=6,
)


@given(windows)
def test_covered_and_uncovered_parts_make_up_the_window(covered):
    window = Window(at(10), at(40))
    for moment in range(5, 50):
        inside_hole = any(at(moment) in hole for hole in uncovered(window, covered))
        assert inside_hole == (at(moment) in window and not any(at(moment) in w for w in covered))


@given(windows)
def test_merged_windows_hold_the_same_time_and_do_not_touch(parts):
    result = merged(parts)

    assert all(a.end < b.start for a, b in pairwise(result))
    for moment in range(75):
        assert any(at(moment) in w for w in result) == any(at(moment) in w for w in parts)
