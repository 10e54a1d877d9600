"""From a hole in the record to a whole one: journal, ledger, the venue's history, journal again,
store.
"""

import contextlib
import json
import os
import random
import subprocess
import sys
import threading
from datetime import UTC, datetime
from pathlib import Path

import pytest

from marketdata_platform.core.errors import ConfigurationError, JournalLocked
from marketdata_platform.core.instrument import Instrument
from marketdata_platform.feeds.asking.history import RestHistory
from marketdata_platform.feeds.asking.rest import RestClient
from marketdata_platform.feeds.connecting.handshakes import history_headers_of
from marketdata_platform.journal import JournalReader, JournalWriter
from marketdata_platform.platform.deployment import open_with
from marketdata_platform.platform.use_cases.land import gaps_of, land, write_gaps
from marketdata_platform.platform.use_cases.repair import repair
from marketdata_platform.settings import Settings
from marketdata_platform.workflows.bookkeeping.gap_ledger import (
    BY_BOOK,
    BY_IDS,
    BY_SILENCE,
    new_gap,
)
from marketdata_platform_tests.feeds.asking.past import Past, price_of, served, when_ms

SPOT = Instrument.parse("binance:spot:BTCUSDT")
BYBIT = Instrument.parse("bybit:linear:BTCUSDT")
NOW = datetime(2026, 1, 2, tzinfo=UTC)
IDS = range(1_000, 1_400)


def moment(number):
    return datetime.fromtimestamp(when_ms(number) / 1000, UTC)


def frame(number):
    data = {
        "e": "trade",
        "E": when_ms(number),
        "s": "BTCUSDT",
        "t": number,
        "p": price_of(number),
        "q": "1.25",
        "T": when_ms(number),
        "m": number % 2 == 0,
    }
    return json.dumps({"stream": "btcusdt@trade", "data": data}).encode()


def heard(platform, gatherer, numbers):
    """What one gatherer recorded."""
    with JournalWriter(platform.root / "journals" / gatherer, gatherer) as journal:
        for number in numbers:
            journal.append(
                "binance:spot/ws/1",
                frame(number),
                when_ms(number) * 1_000_000,
                when_ms(number) * 1_000_000,
            )


@pytest.fixture
def past():
    return Past(ids=IDS)


@pytest.fixture
def platform(tmp_path, past):
    with served(past) as address:
        endpoints = {name: {"rest": address} for name in ("binance:spot", "bybit:linear")}
        platform = open_with(
            Settings(root=tmp_path, gatherers={"g1": {}, "g2": {}}, endpoints=endpoints)
        )
        yield platform
        platform.store.close()


def with_hole(platform, first, last):
    """Both gatherers lack `first..last`; the ledger says so."""
    for gatherer in ("g1", "g2"):
        heard(platform, gatherer, [n for n in IDS if not first <= n <= last])
    land(platform)
    gap = new_gap(
        SPOT, "trades", (moment(first - 1), moment(last + 1)), BY_IDS, NOW, ids=(first, last)
    )
    write_gaps(platform, [gap])
    return gap


def trades(platform):
    return platform.read("trades", SPOT)["sequence"].to_list()


def test_a_hole_that_no_gatherer_filled_is_filled_from_the_venue_s_history(platform, past):
    with_hole(platform, 1_100, 1_149)
    (done,) = repair(platform, now=NOW)
    assert (done.gap.status, done.found, done.still_missing) == ("repaired", 50, 0)
    assert trades(platform) == list(IDS)
    (gap,) = gaps_of(platform, SPOT)
    assert (gap.status, gap.attempts, gap.closed_at) == ("repaired", 1, NOW)
    rows = platform.read("trades", SPOT).filter(sequence=1_100).row(0, named=True)
    assert (str(rows["price"]), rows["side"], rows["ts_event"]) == (
        "101.50000000",
        "sell",
        moment(1_100),
    )
    asked = len(past.requests)
    assert repair(platform, now=NOW) == []
    assert len(past.requests) == asked


def test_what_another_gatherer_has_is_landed_before_a_venue_is_asked(platform, past):
    gap = with_hole(platform, 1_100, 1_149)
    heard(platform, "g2", range(1_090, 1_160))
    (done,) = repair(platform, now=NOW)
    assert (done.gap.gap_id, done.gap.status, done.gap.attempts) == (gap.gap_id, "repaired", 0)
    assert past.requests == []
    assert trades(platform) == list(IDS)


def test_ids_that_the_venue_does_not_have_are_irreparable_and_the_others_come(platform, past):
    past.lacks = {1_120, 1_121}
    with_hole(platform, 1_100, 1_149)
    past.lacks.add(1_130)
    first, second = repair(platform, now=NOW)
    assert [(d.gap.status, d.found, d.still_missing) for d in (first, second)] == [
        ("irreparable", 47, 2),
        ("irreparable", 0, 1),
    ]
    assert first.gap.reason == "the venue was asked for these ids and does not have 2 of them"
    ledger = [
        (g.first_missing, g.last_missing, g.missing, g.status) for g in gaps_of(platform, SPOT)
    ]
    assert sorted(ledger) == [(1_120, 1_121, 2, "irreparable"), (1_130, 1_130, 1, "irreparable")]
    assert trades(platform) == [n for n in IDS if n not in past.lacks]


def test_a_venue_that_gives_nothing_is_asked_three_times_before_it_is_believed(platform, past):
    past.lacks = set(range(1_100, 1_150))
    with_hole(platform, 1_100, 1_149)
    seen = [repair(platform, now=NOW)[0].gap for _ in range(3)]
    assert [(g.status, g.attempts) for g in seen] == [("open", 1), ("open", 2), ("irreparable", 3)]
    assert "asked again" in seen[0].reason


def test_used_up_limits_leave_the_gap_open_with_the_reason(platform, past):
    with_hole(platform, 1_100, 1_149)
    past.busy = 1_000
    endpoint = platform.settings.endpoint("binance", "spot")
    with RestHistory(
        lambda venue, market: RestClient(endpoint, first_backoff_seconds=0.01)
    ) as impatient:
        (done,) = repair(platform, now=NOW, history=impatient)
    assert (done.gap.status, done.gap.attempts) == ("open", 1)
    assert "429" in done.gap.reason
    past.busy = 0
    (done,) = repair(platform, now=NOW)
    assert (done.gap.status, done.gap.attempts) == ("repaired", 2)
    assert trades(platform) == list(IDS)


def test_a_short_429_is_waited_for(platform, past):
    with_hole(platform, 1_100, 1_149)
    past.busy = 1
    (done,) = repair(platform, now=NOW)
    assert done.gap.status == "repaired"


def test_books_cannot_be_repaired_and_it_is_said_what_bounds_the_hole(platform, past):
    write_gaps(
        platform,
        [new_gap(SPOT, "book_deltas", (moment(1_100), moment(1_110)), BY_BOOK, NOW, ids=(5, 9))],
    )
    (done,) = repair(platform, now=NOW)
    assert done.gap.status == "irreparable"
    assert "next snapshot" in done.gap.reason
    assert past.requests == []


def test_trades_without_numbers_are_asked_for_by_time(platform, past):
    past.ids, past.most = range(1_000, 1_400), 1_000
    write_gaps(
        platform, [new_gap(BYBIT, "trades", (moment(1_100), moment(1_110)), BY_SILENCE, NOW)]
    )
    (done,) = repair(platform, now=NOW)
    assert (done.gap.status, done.still_missing) == ("repaired", None)
    assert platform.read("trades", BYBIT).height == 400
    past.ids = range(5_000, 5_010)  # its history begins after the hole by now
    write_gaps(
        platform, [new_gap(BYBIT, "trades", (moment(1_200), moment(1_210)), BY_SILENCE, NOW)]
    )
    (done,) = repair(platform, instrument=BYBIT, now=NOW)
    assert done.gap.status == "irreparable"
    assert "newest 1000 trades only" in done.gap.reason


def test_one_instrument_is_repaired_alone(platform):
    with_hole(platform, 1_100, 1_149)
    write_gaps(
        platform, [new_gap(BYBIT, "trades", (moment(1_100), moment(1_110)), BY_SILENCE, NOW)]
    )
    assert [
        d.gap.instrument for d in repair(platform, instrument="binance:spot:BTCUSDT", now=NOW)
    ] == [SPOT]
    assert [g.instrument for g in gaps_of(platform, status="open")] == [BYBIT]


def test_an_answer_that_was_journaled_before_a_kill_is_not_lost(platform, past):
    """Killed after the journal and before landing: the next repair lands it and asks nobody."""
    with_hole(platform, 1_100, 1_149)

    class Killed(BaseException):
        pass

    def land_or_die(platform, *, gatherers=None):
        if gatherers == ["repair"]:
            raise Killed
        return land(platform, gatherers=gatherers)

    with pytest.raises(Killed), pytest.MonkeyPatch.context() as patch:
        patch.setattr("marketdata_platform.platform.use_cases.repair.land", land_or_die)
        repair(platform, now=NOW)
    assert gaps_of(platform, SPOT, "open")
    asked = len(past.requests)
    (done,) = repair(platform, now=NOW)
    assert (done.gap.status, done.found, len(past.requests)) == ("repaired", 50, asked)
    assert trades(platform) == list(IDS)


def test_two_repairs_at_once_do_not_disturb_each_other(platform, past):
    with_hole(platform, 1_100, 1_149)
    with (
        JournalWriter(platform.root / "journals" / "repair", "repair"),
        pytest.raises(JournalLocked),
    ):
        repair(platform, now=NOW, wait_seconds=0)
    done = []
    threads = [
        threading.Thread(target=lambda: done.append(repair(platform, now=NOW))) for _ in range(3)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert trades(platform) == list(IDS)
    assert [g.status for g in gaps_of(platform, SPOT)] == ["repaired"]
    assert len(done) == 3
    assert len(past.requests) == 1, "who came later saw that nothing was left to ask for"


def test_answers_are_journaled_as_they_came_and_under_the_question_s_name(platform):
    with_hole(platform, 1_100, 1_109)
    repair(platform, now=NOW)
    reader = JournalReader(platform.root / "journals" / "repair")
    records = [
        record for batch in reader.read_batches() for record in zip(batch.payloads(), strict=True)
    ]
    assert len(records) == 1
    assert [t["id"] for t in json.loads(records[0][0])] == list(range(1_100, 1_110))


def test_a_gap_without_ids_of_a_numbered_venue_is_judged_by_the_ids_around_it(platform, past):
    for gatherer in ("g1", "g2"):
        heard(platform, gatherer, [n for n in IDS if not 1_100 <= n <= 1_149])
    land(platform)
    write_gaps(platform, [new_gap(SPOT, "trades", (moment(1_099), moment(1_150)), BY_SILENCE, NOW)])
    write_gaps(platform, [new_gap(SPOT, "trades", (moment(1_010), moment(1_012)), BY_SILENCE, NOW)])
    done = repair(platform, now=NOW)  # landing saw the hole by its ids, too
    assert sorted((d.gap.detected_by, d.gap.status, d.found) for d in done) == [
        (BY_IDS, "repaired", 50),
        (BY_SILENCE, "repaired", 0),
        (BY_SILENCE, "repaired", 50),
    ]
    assert trades(platform) == list(IDS)
    assert len(past.requests) == 1


def test_a_key_is_sent_to_the_venue_and_found_nowhere_else(tmp_path, platform, past, monkeypatch):
    canary = "CanaryKey0123456789abcdef"
    monkeypatch.setenv("MARKETDATA_BINANCE_API_KEY", canary)
    past.needs_key, past.lacks = True, {1_120}
    with_hole(platform, 1_100, 1_149)
    (done,) = repair(platform, now=NOW)
    assert (done.found, past.keys) == (49, [canary])
    platform.store.close()
    held = [path for path in tmp_path.rglob("*") if path.is_file()]
    assert held
    assert not [path for path in held if canary.encode() in path.read_bytes()]
    monkeypatch.setenv("MARKETDATA_BINANCE_API_KEY", canary + "\r\nX-Other: 1")
    with pytest.raises(ConfigurationError, match="letters and digits") as refused:
        history_headers_of("binance")("https://api.binance.com/")
    assert canary not in str(refused.value)


@pytest.mark.slow
def test_a_repair_that_is_killed_again_and_again_comes_to_an_end(tmp_path, platform, past):
    """SIGKILL at any moment: no answer is taken twice, no gap is closed that is open, and the last
    repair ends it.
    """
    holes = [(first, first + 3) for first in range(1_010, 1_390, 10)]
    for gatherer in ("g1", "g2"):
        heard(platform, gatherer, [n for n in IDS if not any(a <= n <= b for a, b in holes)])
    land(platform)
    gaps = [
        new_gap(SPOT, "trades", (moment(a - 1), moment(b + 1)), BY_IDS, NOW, ids=(a, b))
        for a, b in holes
    ]
    write_gaps(platform, gaps)
    platform.store.close()
    address = platform.settings.endpoint("binance", "spot").rest
    config = f'gatherers = ["g1", "g2"]\n[endpoints."binance:spot"]\nrest = "{address}"\n'
    (tmp_path / "marketdata.toml").write_text(config)
    environment = {**os.environ, "MARKETDATA_CONFIG": str(tmp_path / "marketdata.toml")}
    words = [str(Path(sys.executable).with_name("marketdata")), "--root", str(tmp_path), "repair"]
    past.slow = 0.05
    random_ = random.Random(5)
    for _ in range(12):
        running = subprocess.Popen(
            words, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )
        with contextlib.suppress(subprocess.TimeoutExpired):
            running.wait(random_.uniform(1.0, 5.0))
        running.kill()
        running.wait()
        stored = set(trades(platform))
        platform.store.close()
        closed = gaps_of(platform, SPOT, "repaired")
        assert all(set(range(g.first_missing, g.last_missing + 1)) <= stored for g in closed)
        platform.store.close()
    assert (
        subprocess.run(words, env=environment, stdout=subprocess.DEVNULL, check=False).returncode
        == 0
    )
    assert trades(platform) == list(IDS)
    assert {g.status for g in gaps_of(platform, SPOT)} == {"repaired"}
    assert platform.read("quarantine", SPOT).is_empty()
