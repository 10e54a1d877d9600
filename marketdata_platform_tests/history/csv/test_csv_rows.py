"""Blocks of text to trades: fast and slow path agree, odd rows are kept, wrong rows say why."""

from datetime import UTC, datetime
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from marketdata_platform.core.datasets.raw import TRADES
from marketdata_platform.history.csv.csv_rows import parse_block, read_line
from marketdata_platform.venues.binance.files import FUTURES_AGGREGATES, FUTURES_TRADES, SPOT_TRADES
from marketdata_platform.venues.kit.layouts import Kind, Layout
from marketdata_platform_tests.history.dumps import DAY_MS, USDM_HEADER, usdm, usdm_row

TARDIS = Layout(
    "t",
    ("symbol", "time", "recv", "id", "side", "price", "amount"),
    (Kind.EXPECTED, Kind.TIME, Kind.RECEIVED, Kind.TEXT_ID, Kind.SIDE, Kind.PRICE, Kind.QUANTITY),
    {"symbol": "BTCUSDT"},
)


def parse(text, layout=FUTURES_TRADES, first_line=1):
    return parse_block(text if isinstance(text, bytes) else text.encode(), layout, first_line)


def test_a_row_becomes_a_trade_with_exact_numbers():
    parsed = parse("7,64943.90,0.069,4481.1291,1721260800034,true\n")
    assert parsed.rows.schema == TRADES.arrow_schema
    assert parsed.rows.to_pylist() == [
        {
            "ts_event": datetime(2024, 7, 18, 0, 0, 0, 34000, tzinfo=UTC),
            "ts_recv": None,
            "trade_id": "7",
            "sequence": 7,
            "price": Decimal("64943.90000000"),
            "quantity": Decimal("0.06900000"),
            "side": "sell",
            "condition": None,
            "first_trade_id": None,
            "last_trade_id": None,
        }
    ]


@pytest.mark.parametrize(
    ("flag", "side"),
    [
        ("true", "sell"),
        ("True", "sell"),
        ("TRUE", "sell"),
        ("1", "sell"),
        ("false", "buy"),
        ("False", "buy"),
        ("0", "buy"),
    ],
)
def test_a_buyer_who_was_the_maker_means_that_the_taker_sold(flag, side):
    assert parse(usdm_row(1, maker=flag) + "\n").rows.column("side").to_pylist() == [side]


def test_milliseconds_and_microseconds_may_stand_in_one_block():
    text = "1,1,1,1,1735689599999,true,true\n2,1,1,1,1735689600000001,true,true\n"
    times = parse(text, SPOT_TRADES).rows.column("ts_event").to_pylist()
    assert times == [
        datetime(2024, 12, 31, 23, 59, 59, 999000, UTC),
        datetime(2025, 1, 1, 0, 0, 0, 1, UTC),
    ]


def test_aggregates_keep_their_first_and_last_id():
    parsed = parse(
        "5,1.5,2,10,12,1721260800034,False\n6,1.5,2,13,12,1721260800034,False\n", FUTURES_AGGREGATES
    )
    assert parsed.rows.select(["trade_id", "first_trade_id", "last_trade_id"]).to_pylist() == [
        {"trade_id": "5", "first_trade_id": 10, "last_trade_id": 12}
    ]
    assert [(r.position, r.reason) for r in parsed.rejected] == [
        (2, "last trade id is before the first")
    ]


def test_text_ids_sides_and_receive_times_are_read():
    text = (
        "BTCUSDT,1582329602111000,1582329602418379,42377944,buy,9682,0.132\n"
        "BTCUSDT,1582329602111000,1582329602418379,ccc3c1fa-212c,unknown,9682,0.132\n"
        "ETHUSDT,1582329602111000,1582329602418379,3,Sell,9682,0.132\n"
    )
    parsed = parse(text, TARDIS)
    assert parsed.rows.select(["trade_id", "sequence", "side"]).to_pylist() == [
        {"trade_id": "42377944", "sequence": 42377944, "side": "buy"},
        {"trade_id": "ccc3c1fa-212c", "sequence": None, "side": "unknown"},
    ]
    assert parsed.rows.column("ts_recv").to_pylist()[0] == datetime(
        2020, 2, 22, 0, 0, 2, 418379, UTC
    )
    assert [r.reason for r in parsed.rejected] == ["symbol is 'ETHUSDT', not 'BTCUSDT'"]


WRONG = {
    "1,2,3": "has 3 columns, not 6",
    usdm_row(1) + ",9": "has 7 columns, not 6",
    usdm_row(1, price=""): "price is empty",
    usdm_row(1, price="nan"): "price 'nan' is not a number",
    usdm_row(1, price="-5"): "price '-5' is not above zero",
    usdm_row(1, price="0"): "price '0' is not above zero",
    usdm_row(1, price="1.123456789"): "price '1.123456789' has more than 8 decimals",
    usdm_row(
        1, price="10000000000"
    ): "price '10000000000' is too large: a price has at most 10 digits before the point",
    usdm_row(1, quantity="0.0"): "quantity '0.0' is not above zero",
    usdm_row(1, quantity="92233720368.54775808"): (
        "quantity '92233720368.54775808' is too large: the largest quantity is 92233720368.54775807"
    ),
    usdm_row(1, maker="maybe"): "buyer-is-maker flag 'maybe' is not true or false",
    usdm_row(1, maker=""): "buyer-is-maker flag '' is not true or false",
    "x,1,1,1,1721260800034,true": "trade id 'x' is not a whole number",
    ",1,1,1,1721260800034,true": "trade id '' is not a whole number",
    "1,1,1,1,1721260800,true": "time 1721260800 is not in ms, µs or ns since 1970",
    "1,1,1,1,2024-07-18,true": "time '2024-07-18' is not a whole number",
    '1,"1,1,1,1721260800034,true': "quotes are not closed",
}


@pytest.mark.parametrize("row", list(WRONG))
def test_a_wrong_row_is_refused_with_its_line_and_reason_and_its_neighbours_are_kept(row):
    parsed = parse(f"{usdm_row(1)}\n{row}\n{usdm_row(3)}\n", first_line=101)
    assert parsed.rows.column("trade_id").to_pylist() == ["1", "3"]
    assert parsed.lines.tolist() == [101, 103]
    assert [(r.position, r.reason, r.payload) for r in parsed.rejected] == [(102, WRONG[row], row)]


def test_a_refused_row_keeps_its_time_where_it_could_be_read():
    rejected = parse(usdm_row(5, price="nan") + "\n").rejected[0]
    assert rejected.ts_event == datetime.fromtimestamp((DAY_MS + 5) / 1000, UTC)


def test_odd_but_right_rows_keep_their_value_and_their_place():
    odd = f'"2","1e-05"," 46000000000 ",1,{DAY_MS},True'
    parsed = parse(f"{usdm_row(1)}\n{odd}\n{usdm_row(3)}\n")
    assert parsed.rows.column("trade_id").to_pylist() == ["1", "2", "3"]
    assert parsed.rows.column("price").to_pylist()[1] == Decimal("0.00001")
    assert parsed.rows.column("quantity").to_pylist()[1] == Decimal(46_000_000_000)
    assert (parsed.lines.tolist(), parsed.rejected) == ([1, 2, 3], [])


def test_headers_anywhere_blank_lines_and_windows_line_ends_are_no_rows():
    text = f"{USDM_HEADER}\r\n{usdm_row(1)}\r\n\r\n\n{USDM_HEADER}\n   \n{usdm_row(2)}\n"
    parsed = parse(text)
    assert (parsed.lines.tolist(), parsed.rejected, parsed.line_count) == ([2, 7], [], 7)


def test_bytes_that_are_no_text_are_refused_not_fatal():
    parsed = parse(b"\x00\xff\xfe,\n" + usdm(1).encode() + b"\xff" * 10_000 + b"\n")
    assert parsed.rows.num_rows == 1
    assert [r.position for r in parsed.rejected] == [1, 3]
    assert len(parsed.rejected[1].payload) == 4096


def test_an_empty_block_gives_an_empty_table():
    assert parse(b"").rows.num_rows == 0
    assert parse(b"\n\n").rows.schema == TRADES.arrow_schema


cells = st.one_of(
    st.decimals(min_value=0, max_value=10**11, allow_nan=False, places=9).map(lambda d: f"{d:f}"),
    st.integers(0, 2**65).map(str),
    st.sampled_from(
        [
            "",
            "true",
            "False",
            "1e-5",
            " 7",
            "+7",
            "0.1",
            "nan",
            "-1",
            "1.",
            ".5",
            '"8"',
            "00",
            "1721260800034",
        ]
    ),
    st.text(max_size=5),
)


@given(st.lists(st.lists(cells, min_size=5, max_size=7), max_size=8))
@settings(max_examples=150, deadline=None)
def test_the_compiled_parser_never_disagrees_with_the_full_rules(rows):
    lines = [",".join(row).replace("\n", "").replace("\r", "") for row in rows]
    parsed = parse("".join(line + "\n" for line in lines))
    slow = [read_line(line.encode(), FUTURES_TRADES, n) for n, line in enumerate(lines, 1)]
    expected = [
        {k: v for k, v in row.items() if k != "line"} for row in slow if isinstance(row, dict)
    ]
    got = (
        [{k: row[k] for k in expected[0]} for row in parsed.rows.to_pylist()]
        if expected
        else parsed.rows.to_pylist()
    )
    assert got == expected
    assert sorted(r.position for r in parsed.rejected) == [
        n for n, row in enumerate(slow, 1) if row is not None and not isinstance(row, dict)
    ]


prices = st.decimals(min_value="0.00000001", max_value="9999999999.99999999", places=8)
quantities = st.decimals(min_value="0.00000001", max_value="92233720368.54775807", places=8)
trades = st.tuples(
    st.integers(0, 2**63 - 1), prices, quantities, st.integers(10**14, 10**17 - 1), st.booleans()
)


@given(st.lists(trades, min_size=1, max_size=20))
@settings(max_examples=100, deadline=None)
def test_any_valid_trade_survives_the_round_trip_through_text(rows):
    text = "".join(f"{i},{p:f},{q:f},0,{t},{str(m).lower()}\n" for i, p, q, t, m in rows)
    parsed = parse(text)
    got = zip(
        *(
            parsed.rows.column(name).to_pylist()
            for name in ("sequence", "price", "quantity", "side")
        ),
        strict=True,
    )
    assert list(got) == [(i, p, q, "sell" if m else "buy") for i, p, q, _, m in rows]
    assert parsed.rows.column("ts_event").cast("int64").to_pylist() == [t for *_, t, _ in rows]
