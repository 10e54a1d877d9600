"""`status` of live capture, `gaps` and `repair` as a user sees them."""

import json
import os
import pty
import select
import subprocess
import sys
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from marketdata_platform.core.instrument import Instrument
from marketdata_platform.journal import JournalWriter
from marketdata_platform.platform.deployment import open_with
from marketdata_platform.platform.use_cases.land import land, write_gaps
from marketdata_platform.settings import Settings
from marketdata_platform.workflows.bookkeeping.gap_ledger import BY_BOOK, BY_IDS, new_gap
from marketdata_platform.workflows.bookkeeping.gatherer_status import (
    GathererStatus,
    StreamStatus,
    write_heartbeat,
)
from marketdata_platform_tests.cli.commands import Terminal
from marketdata_platform_tests.feeds.asking.past import Past, served
from marketdata_platform_tests.live.test_repair import IDS, NOW, frame, moment, when_ms

SPOT = Instrument.parse("binance:spot:BTCUSDT")


def us(moment_):
    return int(moment_.timestamp() * 1_000_000)


@pytest.fixture
def past():
    return Past(ids=IDS)


@pytest.fixture
def root(tmp_path, past, monkeypatch):
    """Two gatherers with the same hole, one alive and one that died; their recordings are
    landed.
    """
    with served(past) as address:
        (tmp_path / "marketdata.toml").write_text(
            f'gatherers = ["g1", "g2"]\n[endpoints."binance:spot"]\nrest = "{address}"\n'
            '[capture.instruments]\n"binance:spot:BTCUSDT" = ["trades"]\n'
        )
        monkeypatch.setenv("MARKETDATA_CONFIG", str(tmp_path / "marketdata.toml"))
        platform = open_with(Settings(root=tmp_path, gatherers={"g1": {}, "g2": {}}))
        now = datetime.now(UTC)
        for name, age in (("g1", timedelta(0)), ("g2", timedelta(minutes=5))):
            folder = tmp_path / "journals" / name
            with JournalWriter(folder, name) as journal:
                for number in IDS:
                    if not 1_100 <= number <= 1_149:
                        journal.append(
                            "binance:spot/ws/1",
                            frame(number),
                            when_ms(number) * 1_000_000,
                            when_ms(number) * 1_000_000,
                        )
            stream = StreamStatus(
                str(SPOT),
                "trades",
                "c1",
                us(now - timedelta(hours=3)),
                12_345,
                41.7,
                2_000_000,
                us(now),
                us(now),
                23_000,
                1_399,
                2,
            )
            beat = GathererStatus(
                name,
                4711,
                "host",
                "",
                us(now - timedelta(hours=3)),
                us(now - age),
                "capturing",
                acknowledged="1:4096",
                frames=12_345,
                bytes=2_000_000,
                streams=[stream],
            )
            write_heartbeat(folder, beat)
        land(platform)
        gap = new_gap(
            SPOT, "trades", (moment(1_099), moment(1_150)), BY_IDS, NOW, ids=(1_100, 1_149)
        )
        book = new_gap(
            SPOT, "book_deltas", (moment(1_099), moment(1_150)), BY_BOOK, NOW, ids=(5, 9)
        )
        write_gaps(platform, [gap, book])
        platform.store.close()
        yield tmp_path


@pytest.fixture
def terminal(root, monkeypatch):
    return Terminal(monkeypatch, root)


def test_status_shows_gatherers_and_streams_and_marks_the_dead(terminal):
    ran = terminal.run("status")
    assert ran.status == 0
    for told in (
        "capturing",
        "dead",
        "12,345",
        "3 h",
        "23 ms",
        "1399",
        "1:4096",
        "2 open",
        "binance:spot:BTCUSDT",
    ):
        assert told in ran.out, told
    assert "UTC days" in ran.out, "what the store holds is shown as well"


def test_status_as_json_has_a_line_an_instrument_and_then_one_a_gatherer(terminal):
    told = [json.loads(line) for line in terminal.run("status", "--json").out.splitlines()]
    assert [next(iter(line)) for line in told] == ["instrument", "gatherer", "gatherer"]
    alive, dead = told[1:]
    assert (alive["state"], alive["stale"], dead["state"], dead["stale"]) == (
        "capturing",
        False,
        "dead",
        True,
    )
    assert alive["heartbeat"]["streams"][0]["messages_per_second"] == 41.7
    assert alive["landed"]["position"].startswith("2:") or ":" in alive["landed"]["position"]


def test_watching_shows_live_capture_again_and_again(terminal):
    ran = terminal.run("status", "--watch", "--every", "0.05", "--times", "3")
    assert ran.status == 0
    assert ran.out.count("gaps in the ledger") == 3
    assert "UTC days" not in ran.out


def test_watching_on_a_terminal_ends_with_q(root):
    ours, theirs = pty.openpty()
    words = [
        str(Path(sys.executable).with_name("marketdata")),
        "--root",
        str(root),
        "status",
        "--watch",
        "--every",
        "0.2",
    ]
    environment = {**os.environ, "TERM": "xterm", "COLUMNS": "100", "LINES": "40"}
    running = subprocess.Popen(
        words, stdin=theirs, stdout=theirs, stderr=theirs, env=environment, close_fds=True
    )
    os.close(theirs)
    try:
        assert "gatherers" in _screen(ours, "capturing")
        os.write(ours, b"q")
        _screen(ours, None)
        assert running.wait(10) == 0
    finally:
        running.kill()
        running.wait()
        os.close(ours)


def _screen(descriptor, until):
    """What the terminal shows until a word comes, or the program ends."""
    shown, deadline = "", time.monotonic() + 20
    while time.monotonic() < deadline and (until is None or until not in shown):
        if select.select([descriptor], [], [], 0.1)[0]:
            try:
                shown += os.read(descriptor, 65_536).decode("utf-8", "replace")
            except OSError:
                break
    return shown


def test_gaps_lists_the_ledger_by_status(terminal):
    ran = terminal.run("gaps")
    assert ran.status == 0
    for told in ("1100–1149", "(50)", "open", "2 gap(s): 2 open"):
        assert told in ran.out, told
    assert "no such gap" in terminal.run("gaps", "--status", "repaired").out
    told = [
        json.loads(line)
        for line in terminal.run("gaps", "--instrument", str(SPOT), "--json").out.splitlines()
    ]
    assert {gap["dataset"]: gap["first_missing"] for gap in told} == {
        "trades": 1_100,
        "book_deltas": 5,
    }
    assert terminal.run("gaps", "--status", "lost").status != 0


def test_repair_says_what_became_of_each_gap(terminal):
    ran = terminal.run("repair")
    assert ran.status == 0, ran.err
    for told in ("repaired", "irreparable", "next snapshot", "50 record(s) found"):
        assert told in " ".join(ran.out.split()), told
    assert "no gap is open" in terminal.run("repair").out
    assert "1 repaired, 1 irreparable" in terminal.run("status").out


def test_repair_that_could_not_ask_says_so_and_has_its_own_exit_status(terminal, past):
    past.busy = 1_000
    ran = terminal.run("repair", "--json")
    told = {gap["dataset"]: gap for gap in map(json.loads, ran.out.splitlines())}
    assert ran.status == 3
    assert (told["trades"]["status"], told["trades"]["attempts"]) == ("open", 1)
    assert "1 gap(s) stay open" in ran.err and "429" in ran.err
