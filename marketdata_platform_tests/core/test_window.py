from datetime import UTC, date, datetime, timedelta, timezone

import pytest

from marketdata_platform.core.errors import InvalidWindow
from marketdata_platform.core.window import Window, day_of_us, from_us, to_us


def test_windows_are_half_open():
    day = Window.of_day(date(2024, 7, 18))

    assert day.start in day
    assert day.end not in day
    assert list(day.days()) == [date(2024, 7, 18)]
    assert list(Window.of_days(date(2024, 7, 18), date(2024, 7, 20)).days())[-1] == date(
        2024, 7, 20
    )


@pytest.mark.parametrize(
    "end", [datetime(2024, 7, 18, tzinfo=UTC), datetime(2024, 7, 17, tzinfo=UTC)]
)
def test_empty_and_inverted_windows_are_refused(end):
    with pytest.raises(InvalidWindow, match="empty or inverted"):
        Window(datetime(2024, 7, 18, tzinfo=UTC), end)


@pytest.mark.parametrize("zone", [None, timezone(timedelta(hours=2))])
def test_only_utc_is_taken(zone):
    with pytest.raises(InvalidWindow, match="not in UTC"):
        Window(datetime(2024, 7, 18, tzinfo=zone), datetime(2024, 7, 19, tzinfo=UTC))


def test_microseconds_are_exact_over_centuries():
    for moment in (
        datetime(2025, 1, 6, 23, 59, 59, 999_999, tzinfo=UTC),
        datetime(1969, 12, 31, 23, 59, 59, 1, tzinfo=UTC),
    ):
        assert from_us(to_us(moment)) == moment
        assert day_of_us(to_us(moment)) == moment.date()


def test_windows_that_only_touch_do_not_overlap():
    first, second = Window.of_day(date(2024, 7, 18)), Window.of_day(date(2024, 7, 19))

    assert not first.overlaps(second) and not second.overlaps(first)
    assert Window.of_days(date(2024, 7, 18), date(2024, 7, 19)).overlaps(second)
