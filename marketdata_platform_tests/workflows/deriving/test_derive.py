"""The walk over days with a small fold of our own: a running sum, whose state reaches through all
days.
"""

import itertools
import random

import polars as pl
import pytest

from marketdata_platform.core.datasets import CHECKPOINTS, dataset_named
from marketdata_platform.stores.memory import MemoryStore
from marketdata_platform.workflows.deriving.derivation import Derivation
from marketdata_platform.workflows.deriving.derive import derive, stale_days
from marketdata_platform_tests.workflows.days import INSTRUMENT, day, trades_of

DATASET = "order_flow"


class RunningSum:
    """One row per day; `cvd` is Σ quantity since the start. Counts how often a day was folded."""

    def __init__(self, params="a"):
        self.folded = []
        derivation = Derivation(
            dataset=DATASET, step=self._fold, params=params, sees_gaps=False, held_volume=None
        )
        self.by_name = {DATASET: derivation}

    def _fold(self, source, state):
        self.folded.append(source.day)
        total = int(state or b"0") + int(source.trades["quantity"].sum() or 0)
        if source.trades.is_empty():
            return pl.DataFrame(
                pl.from_arrow(dataset_named(DATASET).arrow_schema.empty_table())
            ), b"never kept"
        zero = {c.name: 0 for c in dataset_named(DATASET).columns}
        row = {**zero, "interval": "1d", "open_time": source.window.start, "cvd": total}
        rows = pl.DataFrame([row]).cast(
            pl.DataFrame(pl.from_arrow(dataset_named(DATASET).arrow_schema.empty_table())).schema
        )
        return rows, str(total).encode()


@pytest.fixture
def store():
    made = MemoryStore()
    for number in (0, 1, 2, 4):  # day 3 has no trades
        made.append(
            "trades",
            INSTRUMENT,
            trades_of(number, range(number * 86_400, number * 86_400 + 20 + number)),
        )
    return made


def rows_of(store):
    return [row for batch in store.read(DATASET, INSTRUMENT) for row in batch.to_pylist()]


def test_every_order_of_days_gives_the_same_rows(store):
    derive(store, INSTRUMENT, RunningSum().by_name, [day(n) for n in range(5)])
    expected = rows_of(store)
    assert len(expected) == 4

    for order in random.Random(7).sample(list(itertools.permutations(range(5))), 16):
        fresh = MemoryStore()
        for number in (0, 1, 2, 4):
            fresh.append(
                "trades",
                INSTRUMENT,
                trades_of(number, range(number * 86_400, number * 86_400 + 20 + number)),
            )
        for number in order:
            derive(fresh, INSTRUMENT, RunningSum().by_name, [day(number)])
        assert rows_of(fresh) == expected


def test_days_before_the_asked_one_are_folded_once_and_not_written(store):
    fold = RunningSum()
    derive(store, INSTRUMENT, fold.by_name, [day(4)])
    assert fold.folded == [day(0), day(1), day(2), day(4)]
    assert [row["open_time"].date() for row in rows_of(store)] == [day(4)]

    again = RunningSum()
    derive(store, INSTRUMENT, again.by_name, [day(1)])
    assert again.folded == [day(1)]


def test_what_is_up_to_date_is_not_done_again_unless_forced(store):
    days = [day(n) for n in range(5)]
    derive(store, INSTRUMENT, RunningSum().by_name, days)

    again = RunningSum()
    results = derive(store, INSTRUMENT, again.by_name, days)
    assert again.folded == []
    assert [r.computed for r in results] == [False] * 5
    assert [r.rows for r in results] == [1, 1, 1, 0, 1]

    forced = RunningSum()
    derive(store, INSTRUMENT, forced.by_name, [day(1)], force=True)
    assert forced.folded == [day(1)]


def test_a_late_trade_makes_its_day_and_all_that_follows_stale_and_the_same_call_mends_it(store):
    days = [day(n) for n in range(5)]
    derive(store, INSTRUMENT, RunningSum().by_name, days)
    assert stale_days(store, INSTRUMENT, RunningSum().by_name, days) == {DATASET: []}

    store.append("trades", INSTRUMENT, trades_of(1, [86_400 + 500]))
    assert stale_days(store, INSTRUMENT, RunningSum().by_name, days) == {DATASET: days[1:]}

    fold = RunningSum()
    derive(store, INSTRUMENT, fold.by_name, [day(4)])
    assert fold.folded == [day(1), day(2), day(4)]
    whole = MemoryStore()
    for number in (0, 1, 2, 4):
        whole.append(
            "trades",
            INSTRUMENT,
            trades_of(number, range(number * 86_400, number * 86_400 + 20 + number)),
        )
    whole.append("trades", INSTRUMENT, trades_of(1, [86_400 + 500]))
    derive(whole, INSTRUMENT, RunningSum().by_name, days)
    assert rows_of(store) == rows_of(whole)


def test_a_change_that_ends_in_the_same_state_goes_no_further(store):
    days = [day(n) for n in range(5)]
    derive(store, INSTRUMENT, RunningSum().by_name, days)
    # Two conditions in the digest, the same sum: a trade leaves, one of equal quantity comes.
    store.drop_before("trades", INSTRUMENT, trades_of(0, [1])["ts_event"][0].as_py())
    store.append("trades", INSTRUMENT, trades_of(0, [3_000]))

    fold = RunningSum()
    derive(store, INSTRUMENT, fold.by_name, days)
    assert fold.folded == [day(0)]


def test_other_parameters_start_a_new_chain(store):
    derive(store, INSTRUMENT, RunningSum("a").by_name, [day(0)])
    fold = RunningSum("b")
    derive(store, INSTRUMENT, fold.by_name, [day(0)])

    assert fold.folded == [day(0)]


def test_dropping_raw_days_keeps_what_was_derived_and_what_follows_continues(store):
    derive(store, INSTRUMENT, RunningSum().by_name, [day(n) for n in range(3)])
    expected = rows_of(store)
    store.drop_before("trades", INSTRUMENT, trades_of(2, [0])["ts_event"][0].as_py())

    fold = RunningSum()
    derive(store, INSTRUMENT, fold.by_name, [day(2), day(4)])
    assert fold.folded == [day(4)]
    assert rows_of(store)[:3] == expected


def test_rows_and_checkpoint_are_written_together(store):
    derive(store, INSTRUMENT, RunningSum().by_name, [day(0)])
    (checkpoint,) = [
        row for batch in store.read(CHECKPOINTS.name, INSTRUMENT) for row in batch.to_pylist()
    ]

    assert checkpoint["rows"] == 1
    assert checkpoint["state"] == str(sum(1 + i % 3 for i in range(20))).encode()
