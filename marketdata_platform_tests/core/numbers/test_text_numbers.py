"""Texts to scaled integers: the fast path and the slow one agree with `decimal`, digit for
digit.
"""

import json
from decimal import Context, Decimal

import msgspec
import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from marketdata_platform.core.books.book_levels import levels
from marketdata_platform.core.numbers.decimal_words import integers
from marketdata_platform.core.numbers.text_numbers import BAD, NULL, OK, counts, numbers

DECIMALS = st.decimals(allow_nan=False, allow_infinity=False, min_value=-(10**12), max_value=10**12)
TEXTS = st.one_of(
    DECIMALS.map(str),
    DECIMALS.map(lambda d: format(d, "f")),
    st.decimals(places=8, min_value=-(10**10), max_value=10**10).map(lambda d: format(d, "f")),
    st.text(alphabet="0123456789.-+eE nul\0\x01é", max_size=12),
)


def expected(text, scale):
    """(state, value) by the decimal module alone."""
    if text in ("", "null"):
        return NULL, 0
    try:
        value = Decimal(text) if text.isascii() and "_" not in text and len(text) <= 64 else None
    except ArithmeticError:
        value = None
    if value is None or not value.is_finite() or abs(value.adjusted()) > 64:
        return BAD, 0
    scaled = value.scaleb(scale, Context(prec=300))
    fits = scaled == scaled.to_integral_value() and abs(scaled) < 10**38
    return (OK, int(scaled)) if fits else (BAD, 0)


@settings(deadline=None)
@given(st.lists(TEXTS, max_size=8), st.sampled_from([8, 12, 16]))
def test_every_text_is_read_as_the_decimal_module_reads_it(texts, scale):
    for given_texts in (texts, [msgspec.Raw(t.encode()) for t in texts]):
        column = numbers(given_texts, scale=scale)
        for row, text in enumerate(texts):
            state, value = expected(text, scale)
            assert column.state[row] == state, text
            assert integers(column.words())[row] == value
            assert column.values[row] == (0 if column.too_wide[row] else value)
            assert (row in column.reasons) == (state == BAD)


ODD = st.one_of(
    st.from_regex(r"\A-?[0-9]{1,22}(\.[0-9]{0,22})?([eE][+-]?[0-9]{1,3})?\Z"),
    st.sampled_from(
        ["1e5", "3.31e-06", "1e-9", "5e4", "99999999999", "+1", " 1", ".5", "0e99", "x"]
    ),
)


@settings(deadline=None, max_examples=300)
@given(st.lists(ODD, max_size=40), st.sampled_from([8, 12, 16]), st.sampled_from([18, 20, 38]))
def test_exponents_and_wide_values_are_read_as_the_decimal_module_reads_them(texts, scale, digits):
    column = numbers(texts, scale=scale, digits=digits)
    read = integers(column.words())
    for row, text in enumerate(texts):
        state, value = expected(text, scale)
        if abs(value) >= 10**digits:
            state, value = BAD, 0
        assert (int(column.state[row]), read[row]) == (state, value), text
        assert (row in column.reasons) == (state == BAD)


def test_the_limits_of_a_column_are_kept_exactly():
    most = "9999999999.99999999"
    column = numbers(
        [most, "-" + most, "10000000000", "92233720368.54775807", "1e-8", "1E2"], digits=18
    )
    assert column.state.tolist() == [OK, OK, BAD, BAD, OK, OK]
    assert column.values[[0, 1, 4, 5]].tolist() == [10**18 - 1, 1 - 10**18, 1, 10**10]
    assert column.reasons[2] == "'10000000000' is too large"


def test_a_value_wider_than_64_bits_is_kept_in_two_words():
    column = numbers(["123456789012345678.5", None])
    assert column.too_wide.tolist() == [True, False] and column.values.tolist() == [0, 0]
    words = column.words()
    assert (int(words[0, 1]) << 64) | (int(words[0, 0]) & (2**64 - 1)) == 12345678901234567850000000
    assert column.nulls.tolist() == [False, True]


def test_whole_numbers_beyond_64_bits_are_refused():
    column = counts([1, None, 2**70], "id")
    assert column.state.tolist() == [OK, NULL, BAD]
    assert column.reasons == {2: f"id {2**70} does not fit 64 bits"}


SIDES = st.lists(
    st.tuples(
        st.decimals(places=8, min_value=0, max_value=10**9),
        st.decimals(places=4, min_value=0, max_value=10**9),
    ),
    max_size=5,
)


@settings(deadline=None)
@given(st.lists(SIDES, max_size=6), st.sampled_from(["text", "number", "word"]), st.booleans())
def test_sides_of_books_are_read_in_every_form(sides, form, spaced):
    def level(price, quantity):
        texts = [format(price, "f"), format(quantity, "f")]
        if form == "text":
            return json.dumps(texts)
        return "[" + ", ".join((['"new"'] if form == "word" else []) + texts) + "]"

    joint = ", " if spaced else ","
    raw = [msgspec.Raw(f"[{joint.join(level(*pair) for pair in side)}]".encode()) for side in sides]
    found = levels(raw) if raw else levels([msgspec.Raw(b"[]")])
    assert found.bad == {}
    assert found.count.tolist() == ([len(side) for side in sides] or [0])
    assert found.price.tolist() == [int(p.scaleb(8)) for side in sides for p, _ in side]
    assert found.quantity.tolist() == [int(q.scaleb(8)) for side in sides for _, q in side]


def test_a_bad_side_is_refused_whole_and_the_others_are_kept():
    texts = [
        b'[["1","2"],["3","x"]]',
        b'[["1","2"]]',
        b'[["1"]]',
        b'[["1","2","3","4"]]',
        b"{}",
        b"null",
        b"",
        b'[["1","2"],["1e1","2"]]',
        b'[["99999999999","1"]]',
        b'["1","2"]',
        b'[[["1","2"]]]',
        b"7",
        b'"a"',
    ]
    found = levels([msgspec.Raw(text) for text in texts])
    assert found.count.tolist() == [0, 1, 0, 0, 0, 0, 0, 2, 0, 0, 0, 0, 0]
    assert sorted(found.bad) == [0, 2, 3, 4, 8, 9, 10, 11, 12]
    assert found.price.tolist() == [10**8, 10**8, 10 * 10**8]


def test_ten_thousand_prices_are_read_at_once():
    column = numbers([f"{n}.{n:05d}" for n in range(10_000)])
    assert column.values.tolist() == [n * 10**8 + n * 10**3 for n in range(10_000)]
    assert np.all(column.state == OK)


def test_columns_with_gaps_read_as_each_text_alone_would():
    texts = [
        "1.5",
        None,
        "null",
        "",
        "nul",
        "xnull",
        "-null",
        "null5",
        "1e2",
        "99999999999.00000001",
        "true",
    ]
    for column in (
        texts,
        [msgspec.Raw((t or "").encode()) for t in texts],
        [t or "" for t in texts],
    ):
        read = numbers(column)
        for row, text in enumerate(column):
            alone = numbers([text, "x"])
            found = (alone.words().tolist()[0], alone.state[0], alone.reasons.get(0))
            assert found == (
                read.words().tolist()[row],
                read.state[row],
                read.reasons.get(row),
            ), text
    assert numbers(texts).state.tolist()[1:4] == [NULL] * 3


def test_values_wider_than_a_word_are_widened_among_others():
    column = numbers(["1", "99999999999.00000001", "-99999999999.5", "2"])
    assert integers(column.words()) == [10**8, 9999999999900000001, -9999999999950000000, 2 * 10**8]
