"""Order among trades of one moment, for files in either direction and blocks of any size."""

import itertools
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from marketdata_platform.history.csv.csv_rows import parse_block
from marketdata_platform.history.ordinals import with_ordinals
from marketdata_platform.venues.bybit.files import layout_of
from marketdata_platform_tests.history.dumps import BYBIT_HEADER, bybit_row

LAYOUT = replace(layout_of(BYBIT_HEADER.split(",")), expected={"symbol": "BTCUSD"})


def ordinals(stamps, cuts=()):
    """(time, id, sequence) of rows with these times in file order, read in blocks cut at `cuts`."""
    rows = [bybit_row(f"15699455{stamp:02d}.5", n) + "\n" for n, stamp in enumerate(stamps)]
    edges = [0, *sorted(cuts), len(rows)]
    blocks = [
        parse_block("".join(rows[a:b]).encode(), LAYOUT, a + 1)
        for a, b in itertools.pairwise(edges)
    ]
    result = list(with_ordinals(iter(blocks)))
    assert [line for block in result for line in block.lines.tolist()] == list(
        range(1, len(rows) + 1)
    )
    return [n for block in result for n in block.rows.column("sequence").to_pylist()]


def test_newest_first_files_are_numbered_from_the_end_of_each_run():
    assert ordinals([9, 9, 9, 8, 7, 7]) == [2, 1, 0, 0, 1, 0]


def test_oldest_first_files_are_numbered_in_their_order():
    assert ordinals([7, 7, 8, 9, 9, 9]) == [0, 1, 0, 0, 1, 2]


def test_one_moment_only_keeps_the_order_of_the_file():
    assert ordinals([7, 7, 7]) == [0, 1, 2]
    assert ordinals([7, 7, 7, 7], cuts=[1, 2]) == [0, 1, 2, 3]


def test_no_rows_give_no_ordinals():
    assert ordinals([]) == []


@pytest.mark.parametrize("reverse", [False, True])
@given(stamps=st.lists(st.integers(10, 14), min_size=2, max_size=30), data=st.data())
def test_where_a_file_is_cut_into_blocks_changes_nothing(reverse, stamps, data):
    stamps = sorted(stamps, reverse=reverse)
    cuts = data.draw(st.lists(st.integers(0, len(stamps)), max_size=6))
    assert ordinals(stamps, cuts) == ordinals(stamps)


def test_refused_rows_are_reported_once_though_rows_wait_for_the_next_block():
    text = (
        f"{bybit_row('1569945599.5', 1)}\n{bybit_row('bad', 2)}\n{bybit_row('1569945599.5', 3)}\n"
    )
    blocks = [parse_block(text.encode(), LAYOUT, 1), parse_block(text.encode(), LAYOUT, 4)]
    result = list(with_ordinals(iter(blocks)))
    assert sorted(r.position for block in result for r in block.rejected) == [2, 5]
    assert [n for block in result for n in block.rows.column("sequence").to_pylist()] == [
        0,
        1,
        2,
        3,
    ]
