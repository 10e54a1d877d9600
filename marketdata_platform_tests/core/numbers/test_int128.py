"""128-bit arithmetic against Python's own integers."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from numba import njit

from marketdata_platform.core.numbers import int128
from marketdata_platform.core.numbers.decimal_words import (
    decimal_series,
    decimal_words,
    fits_int64,
    integers,
    widen,
    words_of_integers,
)

WORD = st.one_of(st.integers(-(2**63), 2**63 - 1), st.sampled_from([0, 1, -1, 2**63 - 1, -(2**63)]))
WIDE = st.one_of(*(st.integers(-(2**bits), 2**bits - 1) for bits in (5, 62, 63, 64, 65, 100, 127)))
NATURAL = st.one_of(*(st.integers(0, 2**bits - 1) for bits in (5, 53, 63, 64, 65, 110, 126)))


@njit
def _mul_wide(a, b):
    return int128.mul_wide(a, b)


@njit
def _on_pairs(a, b, c, d):
    return (
        int128.add128(a, b, c, d),
        int128.sub128(a, b, c, d),
        int128.mul128(a, b, c, d),
        int128.fused_add128(a, b, c, d),
        int128.less128(a, b, c, d),
    )


@njit
def _on_word(a):
    return int128.leading_zeros(a), int128.byte_swapped(a), int128.unsigned_float(a)


def words(value: int) -> tuple[int, int]:
    low, high = words_of_integers([value])[0].tolist()
    return high, low


def joined(pair: tuple[int, int]) -> int:
    return (pair[0] << 64) | (pair[1] & (2**64 - 1))


def wrapped(value: int) -> int:
    return (value + 2**127) % 2**128 - 2**127


@settings(deadline=None)
@given(WORD, WORD)
def test_a_product_of_two_words_never_overflows(a, b):
    assert joined(_mul_wide(a, b)) == a * b


@settings(deadline=None)
@given(WIDE, WIDE)
def test_sums_products_and_order_are_those_of_integers(a, b):
    total, difference, product, fused, less = _on_pairs(*words(a), *words(b))
    assert joined(total) == wrapped(a + b)
    assert joined(difference) == wrapped(a - b)
    assert joined(product) == wrapped(a * b)
    assert joined(fused) == wrapped(a + words(b)[0] * words(b)[1])
    assert less == (a < b)


@settings(deadline=None)
@given(WIDE)
def test_the_float_is_the_nearest_one(value):
    assert int128.float128(*words(value)) == float(value)


@settings(deadline=None, max_examples=400)
@given(NATURAL, NATURAL.filter(bool))
def test_division_gives_quotient_and_remainder_of_any_size(a, b):
    q_high, q_low, r_high, r_low = int128.divmod128(*words(a), *words(b))
    assert (joined((q_high, q_low)), joined((r_high, r_low))) == divmod(a, b)


@settings(deadline=None)
@given(st.integers(0, 2**60), st.integers(1, 2**60), st.booleans())
def test_rounded_division_is_half_to_even(quotient, divisor, tie):
    number = quotient * divisor + (divisor // 2 if tie else divisor // 3)
    assert joined(int128.divide_half_even(*words(number), *words(divisor))) == round(
        Fraction(number, divisor)
    )


def test_division_by_zero_gives_zeros():
    assert int128.divmod128(1, 1, 0, 0) == (0, 0, 0, 0)


@settings(deadline=None)
@given(WORD)
def test_bits_of_a_word(value):
    zeros, swapped, as_unsigned = _on_word(value)
    unsigned = value % 2**64
    assert zeros == 64 - unsigned.bit_length()
    assert swapped.to_bytes(8, "big", signed=True) == value.to_bytes(8, "little", signed=True)
    assert as_unsigned == float(unsigned)


@given(st.lists(st.integers(-(10**38) + 1, 10**38 - 1)))
def test_words_go_through_a_decimal_column_and_back(values):
    series = decimal_series("x", words_of_integers(values), 8)
    assert integers(decimal_words(series)) == values
    assert [int(Fraction(v) * 10**8) for v in series.to_list()] == values


def test_nulls_keep_their_places():
    series = decimal_series("x", widen(np.array([1, 2, 3])), 8, 18, np.array([False, True, False]))
    assert [None if v is None else f"{v:.8f}" for v in series] == ["0.00000001", None, "0.00000003"]


def test_only_sign_extensions_fit_64_bits():
    assert fits_int64(words_of_integers([5, -5, 2**63 - 1]))
    assert not fits_int64(words_of_integers([2**63]))
