"""However days come and in whatever order they are derived, the store's sixteen derived tables end
up the same.
"""

import itertools

import pytest

from marketdata_platform.core.datasets import DERIVED
from marketdata_platform_tests.end_to_end.deployments import (
    FUTURES,
    SMALL,
    captures,
    day,
    mostly_slow,
    opened,
    require_same,
    tables,
    usdm_rows,
    walk,
)
from marketdata_platform_tests.history.dumps import write

NUMBERS = (0, 1, 3, 4)  # day 2 has no trades
ALL = [day(n) for n in range(6)]  # nor has the day after the last


@pytest.fixture(scope="module")
def dumps(tmp_path_factory):
    folder = tmp_path_factory.mktemp("dumps")
    return {
        n: write(folder / f"BTCUSDT-trades-{day(n)}.csv", usdm_rows(walk(n, 700))) for n in NUMBERS
    }


@pytest.fixture(scope="module")
def expected(dumps, tmp_path_factory):
    platform = deployment(tmp_path_factory.mktemp("all"), dumps)
    platform.derive(FUTURES, ALL)
    return tables(platform, FUTURES)


def deployment(root, dumps, numbers=NUMBERS):
    platform = opened(root, **SMALL)
    for number in numbers:
        assert platform.import_file(dumps[number], FUTURES).quarantined == 0
    return platform


def test_the_reference_has_rows_in_every_dataset_that_trades_like_these_can_give(expected):
    empty = {name for name, rows in expected.items() if rows.is_empty()}
    assert empty == set()
    assert len(expected) == len(DERIVED) == 16


@pytest.mark.parametrize(
    "order", mostly_slow([(0, 1, 2, 3, 4, 5), (5, 3, 0, 4, 2, 1)], [(5, 3, 0, 4, 2, 1)])
)
def test_day_by_day_in_any_order_is_as_all_at_once(tmp_path, dumps, expected, order):
    platform = deployment(tmp_path, dumps)
    for number in order:
        platform.derive(FUTURES, [day(number)])
    require_same(tables(platform, FUTURES), expected)


def test_one_dataset_after_the_other_is_as_all_at_once(tmp_path, dumps, expected):
    platform = deployment(tmp_path, dumps)
    for dataset, number in itertools.product(reversed(DERIVED), (4, 2, 1, 0, 5, 3)):
        platform.derive(FUTURES, [day(number)], [dataset.name])
    require_same(tables(platform, FUTURES), expected)


@pytest.mark.parametrize("late", mostly_slow(NUMBERS, [1]))
def test_a_late_day_derived_again_is_as_a_fresh_store(tmp_path, dumps, expected, late):
    platform = deployment(tmp_path, dumps, [n for n in NUMBERS if n != late])
    platform.derive(FUTURES, ALL)
    platform.import_file(dumps[late], FUTURES)
    platform.derive(FUTURES, ALL)
    require_same(tables(platform, FUTURES), expected)


def test_a_late_half_of_a_recorded_pair_derived_again_is_as_a_fresh_store(tmp_path):
    first, second = captures("usdm", "btcusdt_20240718", "btcusdt_20240719")
    fresh, late = opened(tmp_path / "fresh", **SMALL), opened(tmp_path / "late", **SMALL)
    days = [day(0), day(1)]
    for path in (first, second):
        fresh.import_file(path, FUTURES)
    fresh.derive(FUTURES, days)
    for path in (second, first):
        late.import_file(path, FUTURES)
        late.derive(FUTURES, days)
    require_same(tables(late, FUTURES, ["trades"]), tables(fresh, FUTURES, ["trades"]))
