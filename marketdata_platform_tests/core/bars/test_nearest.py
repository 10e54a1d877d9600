"""Exact sums and float64 thresholds: the compiled roundings against Python's own, which are
correct.
"""

import math
from fractions import Fraction

from hypothesis import given, settings
from hypothesis import strategies as st

from marketdata_platform.core.bars.kernels import nearest as kernel
from marketdata_platform.core.numbers.decimal_words import words_of_integers

POWERS = st.sampled_from([1, 10**8, 10**16])
BIG = 2**126
SIZES = st.integers(1, 62).flatmap(lambda bits: st.integers(1, 2**bits))


def words(n):
    low, high = words_of_integers([n])[0].tolist()
    return high, low


@st.composite
def numerators(draw, power):
    """Any sizes, and those next to a float or halfway between two."""
    if draw(st.booleans()):
        return draw(st.integers(0, 2 ** draw(st.integers(1, 126)) - 1))
    halfway = math.ldexp(
        2 * draw(st.integers(2**52, 2**53)) + draw(st.integers(0, 1)), draw(st.integers(-54, 20))
    )
    return max(0, min(BIG - 1, int(Fraction(halfway) * power) + draw(st.integers(-2, 2))))


@given(data=st.data(), power=POWERS)
@settings(max_examples=400, deadline=None)
def test_a_quotient_is_rounded_once_to_the_nearest_float(data, power):
    n = data.draw(numerators(power))
    assert kernel.quotient_float(*words(n), power) == n / power


@given(price=SIZES, quantity=SIZES)
@settings(max_examples=800, deadline=None)
def test_the_fast_notional_rounds_as_the_slow_one(price, quantity):
    assert kernel.notional_float(price, quantity) == price * quantity / 10**16


@given(
    mantissa=st.integers(2**52, 2**53),
    exponent=st.integers(-95, -46),
    off=st.integers(-2, 2),
    price=st.integers(1, 999),
)
@settings(max_examples=800, deadline=None)
def test_the_fast_notional_is_right_next_to_halfway_between_two_floats(
    mantissa, exponent, off, price
):
    halfway = Fraction(2 * mantissa + 1) * Fraction(2) ** exponent
    quantity = max(1, (round(halfway * 10**16) + off) // price)
    assert kernel.notional_float(price, quantity) == price * quantity / 10**16


@given(data=st.data(), power=POWERS)
@settings(max_examples=400, deadline=None)
def test_units_reaching_a_threshold_are_the_first_whose_float_reaches_it(data, power):
    threshold = data.draw(numerators(power)) / power
    threshold = data.draw(
        st.sampled_from(
            [threshold, math.nextafter(threshold, 0), math.nextafter(threshold, math.inf)]
        )
    )
    high, low = kernel.units_reaching(threshold, power)
    units = (high << 64) | (low & (2**64 - 1))
    if units < BIG:
        assert units / power >= threshold
        assert units == 0 or (units - 1) / power < threshold
    else:
        assert (BIG - 1) / power < threshold or units == BIG
