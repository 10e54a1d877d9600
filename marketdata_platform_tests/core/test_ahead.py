"""Working ahead changes when things are made, not what comes out."""

import threading

import pytest

from marketdata_platform.core.ahead import ahead


def test_items_come_in_order_and_from_another_thread():
    made_in = set()

    def items():
        for number in range(50):
            made_in.add(threading.current_thread())
            yield number

    assert list(ahead(items())) == list(range(50))
    assert len(made_in) == 1 and threading.current_thread() not in made_in


def test_an_error_comes_after_the_items_before_it():
    def items():
        yield 1
        yield 2
        raise ValueError("broken")

    seen = []
    with pytest.raises(ValueError, match="broken"):
        for item in ahead(items()):
            seen.append(item)
    assert seen == [1, 2]


def test_only_one_item_is_made_before_it_is_asked_for():
    made = []

    def items():
        for number in range(10):
            made.append(number)
            yield number

    running = ahead(items())
    next(running)
    running.close()
    assert len(made) == 2
    assert "import" not in " ".join(thread.name for thread in threading.enumerate())


def test_none_is_an_item_and_nothing_is_nothing():
    assert list(ahead(iter([None, None]))) == [None, None]
    assert list(ahead(iter([]))) == []
