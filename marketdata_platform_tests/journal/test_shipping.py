import pytest

from marketdata_platform.core.errors import ArchiveUnavailable, ConfigurationError
from marketdata_platform.journal import JournalOptions
from marketdata_platform.journal.reading.remote import RemoteJournalSource
from marketdata_platform.journal.reading.source import JournalSource
from marketdata_platform.journal.shipping import Shipped, ship, shipped_numbers
from marketdata_platform.workflows.ports import FrameBatch
from marketdata_platform_tests.journal.frames import write, write_open
from marketdata_platform_tests.objects.s3_server import Fault, s3_server

SMALL = JournalOptions(commit_seconds=0.005, retry_seconds=0.05, segment_bytes=2**16)


@pytest.fixture
def url() -> str:
    return f"s3://{s3_server().bucket()}/journals/g1"


@pytest.fixture
def folder(tmp_path):
    """Some five sealed segments."""
    folder = tmp_path / "g1"
    write(folder, 3_000, options=SMALL)
    return folder


def options(url, **changed):
    return s3_server().section(url, **changed)


def steps(source, position=None, batch_bytes=20_000):
    """What landing gets, in plain values."""
    return [
        (
            step.segment,
            [bytes(f) for f in step.frames],
            step.offset.tolist(),
            step.recv_ns.tolist(),
            step.next,
        )
        if isinstance(step, FrameBatch)
        else step
        for step in source.batches(position, batch_bytes)
    ]


def test_a_shipped_journal_gives_the_same_frames_at_the_same_positions(folder, url):
    done = ship(folder, url, options(url))
    assert done.segments == len(list(folder.glob("*.zst"))) > 3
    local, remote = JournalSource(folder, "g1"), RemoteJournalSource(url, "g1", options(url))
    assert (remote.name, remote.tail()) == ("g1", local.tail())
    wanted = steps(local)
    assert steps(remote) == wanted
    assert sum(len(step[1]) for step in wanted) == 3_000
    for number in (0, len(wanted) // 2, len(wanted) - 1):
        assert steps(remote, wanted[number][4]) == wanted[number + 1 :]


def test_shipping_again_sends_only_what_is_new_and_a_lost_note_only_costs_asking(folder, url):
    first = ship(folder, url, options(url))
    write(folder, 50, options=SMALL, first=3_000)
    s3_server().requests.clear()
    assert ship(folder, url, options(url)).segments == 1
    assert len(s3_server().requests) == 2  # put, and read back
    assert shipped_numbers(folder, url) == set(range(1, first.segments + 2))
    (folder / "shipped.json").unlink()
    again = ship(folder, url, options(url))
    assert again.segments == first.segments + 1
    assert ship(folder, url, options(url)) == Shipped(0, 0, first.segments + 1)


def test_the_segment_that_is_being_written_is_not_shipped(folder, url):
    write_open(folder, 10)
    done = ship(folder, url, options(url))
    assert done.segments == len(list(folder.glob("*.zst")))
    assert len(steps(RemoteJournalSource(url, "g1", options(url)))) > 0


def test_another_journals_segments_are_never_written_over(folder, url, tmp_path):
    ship(folder, url, options(url))
    write(tmp_path / "g2", 5)
    with pytest.raises(ConfigurationError, match="another journal"):
        ship(tmp_path / "g2", url, options(url))
    assert steps(RemoteJournalSource(url, "g1", options(url))) == steps(JournalSource(folder, "g1"))


def test_a_store_that_fails_half_way_keeps_what_was_shipped_and_the_next_run_goes_on(folder, url):
    s3_server().faults = [Fault("PUT", "503", skip=2)]
    with pytest.raises(ArchiveUnavailable):
        ship(folder, url, options(url, retries=1))
    s3_server().faults = []
    assert shipped_numbers(folder, url) == {1, 2}
    assert ship(folder, url, options(url)).present == 2
    assert steps(RemoteJournalSource(url, "g1", options(url))) == steps(JournalSource(folder, "g1"))


@pytest.mark.parametrize("damage", ["flip", "truncate", "remove"])
def test_damage_over_there_is_told_as_it_would_be_here(folder, url, damage):
    ship(folder, url, options(url))
    path = folder / "000000000002.journal.zst"
    data = path.read_bytes()
    changed = {
        "flip": data[:900] + bytes([data[900] ^ 1]) + data[901:],
        "truncate": data[:700],
        "remove": b"",
    }[damage]
    client, bucket = s3_server().client, url.split("/")[2]
    client.delete_object(Bucket=bucket, Key=f"journals/g1/{path.name}")
    path.unlink()
    if changed:
        client.put_object(Bucket=bucket, Key=f"journals/g1/{path.name}", Body=changed)
        path.write_bytes(changed)
    wanted = steps(JournalSource(folder, "g1"))
    assert any(not isinstance(step, tuple) for step in wanted)
    assert steps(RemoteJournalSource(url, "g1", options(url))) == wanted


def test_a_torn_segment_is_not_reported_as_missing(folder, url):
    (folder / "000000000002.journal.zst").rename(folder / "000000000002.torn")
    ship(folder, url, options(url))
    wanted = steps(JournalSource(folder, "g1"))
    assert all(isinstance(step, tuple) for step in wanted)
    assert steps(RemoteJournalSource(url, "g1", options(url))) == wanted


def test_landing_each_minute_does_not_fetch_the_last_segment_again(folder, url, tmp_path):
    ship(folder, url, options(url))
    remote = RemoteJournalSource(url, "g1", options(url), cache=tmp_path / "cache")
    position = steps(remote)[-1][4]
    s3_server().requests.clear()
    assert steps(remote, position) == []
    assert [
        r for r in s3_server().requests if not r.startswith("GET /bucket") or "list-type" not in r
    ] == []
    assert len(list((tmp_path / "cache").glob("*.zst"))) == 1


def test_a_cursor_beyond_the_journal_is_refused_and_an_empty_prefix_is_empty(folder, url):
    remote = RemoteJournalSource(url, "g1", options(url))
    assert steps(remote) == []
    ship(folder, url, options(url))
    with pytest.raises(ConfigurationError, match="another journal"):
        steps(remote, "99:256")
