"""What landing relies on, whichever `Source` a gatherer's recording is read from."""

import time

import pytest

from marketdata_platform.core.errors import ConfigurationError
from marketdata_platform_tests.served import postgres_fixtures
from marketdata_platform_tests.served.databases import unprepare
from marketdata_platform_tests.workflows.ports.recordings import (
    NAME,
    DatabaseRecording,
    FolderRecording,
    ShippedRecording,
    numbers,
)

BATCH_BYTES = 20_000
RECORDED = 1_000


@pytest.fixture(params=["journal", "shipped", "postgres", "timescale"])
def recording(request, tmp_path):
    if request.param == "journal":
        yield FolderRecording(tmp_path)
    elif request.param == "shipped":
        yield ShippedRecording(tmp_path)
    else:
        databases = getattr(postgres_fixtures, request.param)()
        with databases.taken() as url:
            made = DatabaseRecording(databases, url)
            yield made
            made.close()
            unprepare(url)


def read(source, position=None, batch_bytes=BATCH_BYTES):
    return list(source.batches(position, batch_bytes))


def record(recording, first, end):
    """Record, and wait until a reader sees it: a database gives what was committed before the
    oldest transaction that runs, and a server's own jobs have some.
    """
    recording.record(first, end)
    deadline = time.monotonic() + 30
    while end - 1 not in numbers(read(recording.source())):
        assert time.monotonic() < deadline, "what was recorded is never given"
        time.sleep(0.05)


def test_of_nothing_nothing_is_given_and_its_end_is_a_position(recording):
    source = recording.source()
    assert source.name == NAME
    assert read(source) == []
    end = source.tail()
    assert read(source, end) == []
    record(recording, 0, 10)
    assert numbers(read(recording.source(), end)) == list(range(10))


def test_everything_is_given_once_in_several_batches_and_again_to_who_asks_again(recording):
    record(recording, 0, RECORDED)
    source = recording.source()
    steps = read(source)
    assert numbers(steps) == list(range(RECORDED))
    assert len(steps) > 5, "batches are bounded by the bytes that the caller gives"
    again = read(recording.source())
    assert numbers(again) == list(range(RECORDED)), "reading takes nothing away"
    # The last is the end as it stood then, and others' transactions move a database's end on.
    assert [step.next for step in again[:-1]] == [step.next for step in steps[:-1]]


def test_from_any_batch_on_nothing_is_missing(recording):
    """A batch may be given again (storing it twice adds nothing), but none may be left out."""
    record(recording, 0, RECORDED)
    steps = read(recording.source())
    for place in (0, len(steps) // 2, len(steps) - 2):
        rest = numbers(read(recording.source(), steps[place].next))
        missing = numbers(steps[place + 1 :])
        assert rest[len(rest) - len(missing) :] == missing
    assert read(recording.source(), steps[-1].next) == [], "the last position is the end"


def test_the_end_is_where_later_reading_begins(recording):
    record(recording, 0, 100)
    end = recording.source().tail()
    record(recording, 100, 150)
    assert numbers(read(recording.source(), end)) == list(range(100, 150))


def test_what_comes_while_it_is_read_comes_now_or_the_next_time(recording):
    record(recording, 0, RECORDED)
    reading = recording.source().batches(None, BATCH_BYTES)
    steps = [next(reading)]
    record(recording, RECORDED, RECORDED + 100)
    steps += reading
    later = read(recording.source(), steps[-1].next)
    assert numbers([*steps, *later]) == list(range(RECORDED + 100))


def test_a_position_of_another_recording_is_refused(recording):
    record(recording, 0, 10)
    with pytest.raises(ConfigurationError, match=NAME):
        read(recording.source(), "9:300")
