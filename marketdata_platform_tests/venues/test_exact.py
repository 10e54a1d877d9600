"""Text to exact numbers: what fits, and the reason for what does not."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from marketdata_platform.venues.kit.exact import (
    DoesNotFit,
    price_from_text,
    quantity_from_text,
    sequence_of,
    us_from_epoch_count,
    us_from_seconds_text,
    whole_from_text,
)


@pytest.mark.parametrize(
    ("text", "scaled"),
    [
        ("1", 10**8),
        ("0.00000001", 1),
        ("9999999999.99999999", 10**18 - 1),
        ("1e-8", 1),
        ("1.50000000000000000000000000000000000000", 150_000_000),
        (".5", 50_000_000),
        ("+2", 2 * 10**8),
    ],
)
def test_a_price_that_fits_is_read_exactly(text, scaled):
    assert price_from_text(text) == scaled


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", "is empty"),
        ("0", "not above zero"),
        ("0.00", "not above zero"),
        ("-1", "not above zero"),
        ("nan", "not a number"),
        ("Infinity", "not a number"),
        ("1,5", "not a number"),
        ("1_000", "not a number"),
        ("١٢", "not a number"),
        ("1e999999999", "not a number"),
        ("10000000000", "too large"),
        ("1.000000001", "more than 8 decimals"),
        ("0.00000001000000000000000000000000000000001", "more than 8 decimals"),
    ],
)
def test_a_price_that_does_not_fit_says_why_and_is_never_rounded(text, reason):
    with pytest.raises(DoesNotFit, match=reason):
        price_from_text(text)


def test_the_largest_quantity_is_what_64_bits_hold():
    assert quantity_from_text("92233720368.54775807") == 2**63 - 1
    assert quantity_from_text("46000000000") == 46 * 10**17
    with pytest.raises(DoesNotFit, match="too large"):
        quantity_from_text("92233720368.54775808")


@given(st.decimals(min_value="0.00000001", max_value="9999999999.99999999", places=8))
def test_any_price_of_eight_decimals_comes_through_unchanged(value: Decimal):
    assert price_from_text(f"{value:f}") == int(value.scaleb(8))
    assert price_from_text(f"{value:E}") == int(value.scaleb(8))


def test_times_in_ms_us_and_ns_are_told_apart_by_size():
    assert us_from_epoch_count("t", 1_735_689_600_123) == 1_735_689_600_123_000
    assert us_from_epoch_count("t", 1_735_689_600_123_456) == 1_735_689_600_123_456
    assert us_from_epoch_count("t", 1_735_689_600_123_456_789) == 1_735_689_600_123_456
    for wrong in (0, 1_735_689_600, 2**63):
        with pytest.raises(DoesNotFit, match="not in ms"):
            us_from_epoch_count("t", wrong)


def test_seconds_as_text_never_pass_through_a_float():
    assert us_from_seconds_text("1569945599.996137") == 1_569_945_599_996_137
    assert us_from_seconds_text("1585180700.0647") == 1_585_180_700_064_700
    assert us_from_seconds_text("1585180700") == 1_585_180_700_000_000
    assert us_from_seconds_text("1585180700.0646999") == 1_585_180_700_064_699
    for wrong in ("-1", "12", "x", "1585180700000"):
        with pytest.raises(DoesNotFit):
            us_from_seconds_text(wrong)


def test_whole_numbers_have_no_sign_no_leading_zero_and_fit_64_bits():
    assert whole_from_text("id", str(2**63 - 1)) == 2**63 - 1
    for wrong in ("", "-1", "+1", "007", "1.0", str(2**63), "٣"):
        with pytest.raises(DoesNotFit):
            whole_from_text("id", wrong)
    assert sequence_of("8a939318-e599") is None
