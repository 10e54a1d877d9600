"""Reading trades: types, order, sides and what is refused."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from marketdata_platform.core.errors import InvalidInput
from marketdata_platform.core.trades.trade_columns import TickRule, signs, trade_columns

T0 = 1_700_000_000_000_000


def frame(**columns: object) -> pl.DataFrame:
    """Three trades; columns given replace the plain ones."""
    base: dict[str, object] = {
        "ts_event": pl.Series([T0, T0 + 1, T0 + 1]).cast(pl.Datetime("us", "UTC")),
        "price": pl.Series(["1.5", "1.4", "1.4"]).cast(pl.Decimal(18, 8)),
        "quantity": pl.Series(["2", "3", "0.00000001"]).cast(pl.Decimal(20, 8)),
        "side": ["buy", "sell", "unknown"],
        "trade_id": ["9", "10", "11"],
    }
    return pl.DataFrame(base | columns)


def listed(trades: object) -> tuple[list[int], list[int], list[int], list[int]]:
    columns = trade_columns(trades)  # type: ignore[arg-type]
    return (
        columns.ts.tolist(),
        columns.price.tolist(),
        columns.quantity.tolist(),
        columns.side.tolist(),
    )


PLAIN = (
    [T0, T0 + 1, T0 + 1],
    [150_000_000, 140_000_000, 140_000_000],
    [200_000_000, 300_000_000, 1],
    [1, -1, 0],
)


def test_decimals_are_read_without_copying():
    trades = frame()
    assert listed(trades) == PLAIN
    assert trade_columns(trades).price.strides == (16,)


@pytest.mark.parametrize(
    "kind",
    [pl.Float64, pl.Decimal(38, 8), pl.Decimal(30, 12), pl.Decimal(38, 20), pl.Decimal(38, 30)],
)
def test_other_number_types_give_the_same_integers(kind):
    assert listed(frame().with_columns(pl.col("price", "quantity").cast(kind))) == PLAIN


def test_short_scales_floats_and_integers_are_scaled_up():
    short = frame(price=pl.Series(["1.5", "1.4", "1.4"]).cast(pl.Decimal(4, 1)), quantity=[2, 3, 4])
    assert listed(short)[1:3] == (PLAIN[1], [200_000_000, 300_000_000, 400_000_000])
    assert listed(frame(price=pl.Series([1.5, 1.25, 1], dtype=pl.Float32)))[1] == [
        150_000_000,
        125_000_000,
        10**8,
    ]
    assert listed(frame(price=pl.Series([2, 3, 4], dtype=pl.UInt8)))[1] == [
        200_000_000,
        300_000_000,
        400_000_000,
    ]


def test_floats_are_rounded_to_8_decimals_also_above_53_bits():
    values = [0.1 + 0.2, 90_000_000.12345678, 46_000_000_000.5]
    assert listed(frame(quantity=values))[2] == [
        30_000_000,
        9_000_000_012_345_678,
        4_600_000_000_050_000_000,
    ]


@pytest.mark.parametrize(("unit", "factor"), [("ms", 1000), ("ns", 1000)])
def test_times_of_other_units_become_microseconds(unit, factor):
    times = (
        [T0 // factor, T0 // factor] if unit == "ms" else [T0 * factor + 999, T0 * factor + 1999]
    )
    trades = frame()[:2].with_columns(ts_event=pl.Series(times).cast(pl.Datetime(unit, "UTC")))
    assert listed(trades)[0] == ([T0, T0] if unit == "ms" else [T0, T0 + 1])


def test_integer_microseconds_and_arrow_are_taken():
    assert listed(frame(ts_event=[T0, T0 + 1, T0 + 1])) == PLAIN
    table = frame().to_arrow()
    assert listed(table) == PLAIN
    assert listed(table.to_batches()[0]) == PLAIN


def test_chunks_and_slices_are_read_in_place():
    chunked = pl.concat([frame()[:1], frame()[1:]], rechunk=False)
    assert listed(chunked) == PLAIN
    assert listed(frame()[1:]) == tuple(column[1:] for column in PLAIN)


@pytest.mark.parametrize("kind", [pl.Categorical(), pl.Enum(["sell", "unknown", "buy"])])
def test_sides_may_be_categories_and_null(kind):
    sides = pl.Series(["buy", "sell", None]).cast(kind)
    assert listed(frame(side=sides))[3] == [1, -1, 0]
    assert listed(frame(side=pl.Series([None, None, "sell"], dtype=pl.String)))[3] == [0, 0, -1]
    assert listed(frame(side=pl.Series([None] * 3, dtype=pl.Null)))[3] == [0, 0, 0]


def test_rows_with_a_condition_are_left_out_and_messages_keep_row_numbers():
    marked = frame(condition=["insurance_fund", None, None])
    assert listed(marked) == tuple(column[1:] for column in PLAIN)
    with pytest.raises(InvalidInput, match="side is 'x' in row 2"):
        trade_columns(marked.with_columns(side=pl.Series(["buy", "buy", "x"])))
    assert listed(frame(condition=pl.Series([None] * 3, dtype=pl.String))) == PLAIN


def test_aggregate_trades_tell_how_many_they_are():
    assert trade_columns(frame()).count is None
    counted = frame(first_trade_id=[5, 8, None], last_trade_id=[7, 8, None])
    assert trade_columns(counted).count.tolist() == [3, 1, 1]
    with pytest.raises(InvalidInput, match="row 1"):
        trade_columns(frame(first_trade_id=[5, 8, None], last_trade_id=[7, 7, None]))


@pytest.mark.parametrize(
    ("column", "value", "message"),
    [
        ("price", [Decimal(1), None, Decimal(1)], "price is null in row 1"),
        ("quantity", [Decimal(1), Decimal(1), Decimal(0)], "quantity is 0.* in row 2"),
        ("price", [1.0, -1.0, 1.0], "price is -1.0 in row 1"),
        ("price", [1.0, float("nan"), 1.0], "price is nan in row 1"),
        ("quantity", [1e-9, 1.0, 1.0], "quantity is 1e-09 in row 0"),
        ("quantity", [1.0, 1e11, 1.0], "quantity is 100000000000.0 in row 1"),
        ("quantity", [1, 10**12, 1], "quantity is 1000000000000 in row 1"),
        (
            "quantity",
            pl.Series([1, 2**64 - 1, 1], dtype=pl.UInt64),
            "quantity is 18446744073709551615 in row 1",
        ),
        (
            "quantity",
            pl.Series(["1", "92233720368.54775808", "1"]).cast(pl.Decimal(30, 8)),
            "in row 1",
        ),
        (
            "price",
            pl.Series(["1", "1.0000000001", "1"]).cast(pl.Decimal(20, 10)),
            "in row 1: it has more than 8 decimals",
        ),
        (
            "price",
            pl.Series(["1", "-1", "1"]).cast(pl.Decimal(20, 10)),
            "in row 1: it must be above zero",
        ),
        (
            "price",
            pl.Series(["1", "1." + "0" * 28 + "1", "1"]).cast(pl.Decimal(38, 30)),
            "in row 1: it has more than 8",
        ),
        ("price", ["1", "2", "3"], "price is String"),
        ("side", ["buy", "BUY", "sell"], "side is 'BUY' in row 1"),
        ("side", ["buy", "sell", ""], "side is '' in row 2"),
        ("side", [1, 2, 3], "side is Int64"),
        (
            "side",
            pl.Series(["buy", "long", "sell"], dtype=pl.Categorical),
            "side is 'long' in row 1",
        ),
        (
            "ts_event",
            pl.Series([T0, None, T0]).cast(pl.Datetime("us", "UTC")),
            "ts_event is null in row 1",
        ),
        (
            "ts_event",
            pl.Series([T0] * 3).cast(pl.Datetime("us")),
            "ts_event has no time zone: make it UTC",
        ),
        (
            "ts_event",
            pl.Series([T0] * 3).cast(pl.Datetime("us", "Asia/Tokyo")),
            "time zone Asia/Tokyo",
        ),
        ("ts_event", [1.0, 2.0, 3.0], "ts_event is Float64"),
    ],
)
def test_what_cannot_be_used_is_refused_with_its_row(column, value, message):
    with pytest.raises(InvalidInput, match=message):
        trade_columns(frame(**{column: value}))


def test_missing_columns_are_named():
    with pytest.raises(InvalidInput, match="no column price, side"):
        trade_columns(frame().drop("price", "side"))


def test_no_trades_give_empty_columns():
    assert len(trade_columns(frame().clear())) == 0
    assert (
        len(
            trade_columns(
                pl.DataFrame(
                    {n: [] for n in ("ts_event", "price", "quantity", "side")},
                    schema_overrides={"ts_event": pl.Int64},
                )
            )
        )
        == 0
    )


def quantities_in_order(**columns: object) -> list[int]:
    return (trade_columns(frame(**columns)).quantity // 10**8).tolist()


@pytest.mark.parametrize(
    ("columns", "order"),
    [
        ({"trade_id": ["1", "10", "9"]}, [1, 3, 2]),  # as numbers, not as text
        ({"trade_id": ["1", "0010", "9"]}, [1, 3, 2]),
        (
            {"trade_id": ["1", "99999999999999999999", "99999999999999999998"]},
            [1, 3, 2],
        ),  # beyond 64 bits
        ({"trade_id": ["1", "b", "a"]}, [1, 2, 3]),  # no numbers: the given order
        ({"trade_id": ["1", "2", None]}, [1, 2, 3]),  # one without: the given order
        ({"trade_id": [1, 3, 2]}, [1, 3, 2]),
        (
            {"trade_id": ["1", "3", "2"], "sequence": [1, 2, 3]},
            [1, 2, 3],
        ),  # sequence goes before the id
        ({"trade_id": ["1", "2", "3"], "sequence": [1, 3, 2]}, [1, 3, 2]),
        (
            {"trade_id": ["1", "3", "2"], "sequence": pl.Series([None] * 3, dtype=pl.Int64)},
            [1, 3, 2],
        ),
        ({"ts_event": [3, 2, 1]}, [3, 2, 1]),
        ({"ts_event": [2, 1, 1], "trade_id": ["1", "3", "2"]}, [3, 2, 1]),
    ],
)
def test_trade_order_is_time_then_sequence_then_numeric_id(columns, order):
    assert quantities_in_order(**{"quantity": [1, 2, 3], **columns}) == order


def test_without_ids_the_given_order_decides():
    trades = frame(quantity=[1, 2, 3]).drop("trade_id")
    assert (trade_columns(trades).quantity // 10**8).tolist() == [1, 2, 3]
    assert (trade_columns(trades[[2, 0, 1]]).quantity // 10**8).tolist() == [1, 3, 2]


@settings(deadline=None, max_examples=60)
@given(
    st.lists(
        st.tuples(st.integers(0, 3), st.integers(1, 300)), unique=True, min_size=1, max_size=40
    ),
    st.randoms(),
)
def test_any_shuffle_gives_the_same_columns(keys, random):
    rows = sorted(keys)
    trades = pl.DataFrame(
        {
            "ts_event": [T0 + ts for ts, _ in rows],
            "price": [float(i + 1) for i in range(len(rows))],
            "quantity": [1.0] * len(rows),
            "side": ["buy"] * len(rows),
            "trade_id": [str(number) for _, number in rows],
        }
    )
    shuffled = list(range(len(rows)))
    random.shuffle(shuffled)
    straight, back = trade_columns(trades), trade_columns(trades[shuffled])
    assert (
        back.price.tolist()
        == straight.price.tolist()
        == [(i + 1) * 10**8 for i in range(len(rows))]
    )
    assert back.trade_id.to_list() == trades["trade_id"].to_list()


def test_long_input_read_in_ranges_gives_the_same_and_the_right_row():
    n = 1_200_000
    trades = pl.DataFrame(
        {
            "ts_event": T0 + np.arange(n) // 3,
            "price": np.arange(n) % 7 + 1.5,
            "quantity": np.ones(n),
            "side": pl.Series(["buy", "sell"]).gather(np.arange(n) % 2),
            "trade_id": pl.Series(np.arange(n) + 999_000).cast(pl.String),
        }
    )
    columns = trade_columns(
        trades.with_columns(pl.col("price", "quantity").cast(pl.Decimal(18, 8)))
    )
    assert columns.price.tolist() == ((np.arange(n) % 7) * 10**8 + 150_000_000).tolist()
    assert columns.side.sum() == 0 and columns.side[:2].tolist() == [1, -1]
    with pytest.raises(InvalidInput, match="row 1100000"):
        trade_columns(
            trades.with_columns(
                price=pl.when(pl.int_range(n) == 1_100_000).then(-1.0).otherwise("price")
            )
        )
    swapped = np.arange(n)
    swapped[[600_000, 600_001]] = swapped[[600_001, 600_000]]
    assert trade_columns(trades[swapped]).trade_id.equals(trades["trade_id"])


def test_the_tick_rule_follows_all_trades_and_leaves_given_sides():
    prices = [Decimal(p) for p in (5, 5, 6, 6, 5, 5, 7)]
    sides = ["unknown", None, "unknown", "sell", "unknown", "unknown", "buy"]
    trades = pl.DataFrame(
        {"ts_event": range(7), "price": prices, "quantity": [1] * 7, "side": sides}
    )
    signed, rule = signs(trade_columns(trades), None)
    assert signed.tolist() == [0, 0, 1, -1, -1, -1, 1]
    assert rule == TickRule(7 * 10**8, 1) == TickRule.from_bytes(rule.to_bytes())


@settings(deadline=None)
@given(
    st.lists(st.tuples(st.integers(1, 3), st.sampled_from(["buy", "sell", "unknown"])), min_size=1),
    st.data(),
)
def test_signs_do_not_depend_on_cuts(rows, data):
    prices, sides = zip(*rows, strict=True)
    trades = pl.DataFrame(
        {"ts_event": range(len(rows)), "price": prices, "quantity": [1] * len(rows), "side": sides}
    )
    whole, end = signs(trade_columns(trades))
    cut = data.draw(st.integers(0, len(rows)))
    first, rule = signs(trade_columns(trades[:cut]))
    second, last = signs(trade_columns(trades[cut:]), TickRule.from_bytes(rule.to_bytes()))
    assert [*first, *second] == whole.tolist()
    assert last == end


def test_moments_are_exact():
    trades = frame(
        ts_event=pl.Series([datetime(2024, 1, 1, 0, 0, 0, 1, UTC)] * 3).cast(
            pl.Datetime("us", "UTC")
        )
    )
    assert listed(trades)[0] == [1_704_067_200_000_001] * 3
