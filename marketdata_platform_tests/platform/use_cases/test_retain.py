import json
import os
from datetime import UTC, datetime, timedelta

import pytest

from marketdata_platform.core.datasets import CURSORS
from marketdata_platform.core.instrument import gatherer_home
from marketdata_platform.core.window import Window
from marketdata_platform.journal import JournalOptions, JournalReader, JournalWriter
from marketdata_platform.platform import open as open_platform
from marketdata_platform.platform.use_cases.retain import policies, retain
from marketdata_platform.settings import load_settings
from marketdata_platform.workflows.archiving.days import archive_day
from marketdata_platform.workflows.bookkeeping.cursors import Cursor, cursor_rows
from marketdata_platform_tests.cli.commands import Terminal
from marketdata_platform_tests.workflows.days import INSTRUMENT, day, trades_of

NOW = datetime(2024, 7, 23, 12, tzinfo=UTC)


@pytest.fixture
def configured(tmp_path, monkeypatch):
    """Makes a platform of a configuration file's text."""

    def make(text):
        config = tmp_path / "marketdata.toml"
        config.write_text(text)
        monkeypatch.setenv("MARKETDATA_CONFIG", str(config))
        return open_platform(tmp_path / "root")

    return make


def journal_of_days(platform, days, gatherer="g1"):
    """A sealed segment for each day of `days`, and an open one."""
    folder = platform.root / "journals" / gatherer
    for number in days:
        noon = Window.of_day(day(number)).start + timedelta(hours=12)
        with JournalWriter(folder, gatherer, JournalOptions(commit_seconds=0.005)) as writer:
            writer.append("binance:spot/ws/1", b"{}", int(noon.timestamp() * 1e9), 1)
        newest = JournalReader(folder).segments()[-1].path
        os.utime(newest, (noon.timestamp() + 600, noon.timestamp() + 600))
    with JournalWriter(folder, gatherer, JournalOptions(commit_seconds=0.005)) as writer:
        writer.append("binance:spot/ws/1", b"{}", 1, 1)
    return folder


def landed_up_to(platform, segment, gatherer="g1"):
    cursor = Cursor(gatherer, f"{segment}:256", None, NOW)
    rows = cursor_rows([cursor], NOW, with_state=True)
    platform.store.append(CURSORS.name, gatherer_home(gatherer), rows)


def numbers(folder):
    return [segment.number for segment in JournalReader(folder).segments()]


def test_a_journal_keeps_what_is_not_landed_and_what_may_be_of_a_day_that_is_not_archived(
    configured,
):
    platform = configured('gatherers = ["g1"]\n[retention]\njournal = "1d"\n')
    folder = journal_of_days(platform, [0, 1, 2])
    (kept,) = retain(platform, apply=True, now=NOW)
    assert (kept.action, kept.rows) == ("keep", 3)
    assert "segment 1 is not landed" in kept.reason

    landed_up_to(platform, 3)
    for number in range(3):
        platform.store.append(
            "trades", INSTRUMENT, trades_of(number, range(number * 86_400, number * 86_400 + 5))
        )
    archive_day(platform.store, platform.archive, "trades", INSTRUMENT, day(0))
    gone, kept = retain(platform, apply=False, now=NOW)
    assert (gone.action, gone.rows, kept.rows) == ("delete", 1, 2)
    assert f"trades {INSTRUMENT} 2024-07-19" in kept.reason
    assert numbers(folder) == [1, 2, 3, 4], "a dry run deletes nothing"

    for number in (1, 2):
        archive_day(platform.store, platform.archive, "trades", INSTRUMENT, day(number))
    assert [(r.action, r.rows) for r in retain(platform, apply=True, now=NOW)] == [
        ("delete", 2),
        ("keep", 1),
    ]
    assert numbers(folder) == [3, 4], "the cursor is in segment 3"
    landed_up_to(platform, 4)
    assert [(r.action, r.rows) for r in retain(platform, apply=True, now=NOW)] == [("delete", 1)]
    assert retain(platform, apply=True, now=NOW) == []


def test_a_segment_near_midnight_may_hold_rows_of_the_next_day(configured):
    platform = configured('gatherers = ["g1"]\n[retention]\njournal = "1d"\n')
    folder = journal_of_days(platform, [0])
    landed_up_to(platform, 2)
    last = Window.of_day(day(0)).end.timestamp() - 60
    os.utime(JournalReader(folder).segments()[0].path, (last, last))
    platform.store.append("trades", INSTRUMENT, trades_of(1, range(86_400, 86_405)))
    (kept,) = retain(platform, apply=True, now=NOW)
    assert "2024-07-19" in kept.reason


def test_what_is_configured_decides_and_the_default_keeps_trades_and_journals(configured, tmp_path):
    assert {p.dataset for p in policies(configured("").settings)} == {
        "book_deltas",
        "book_snapshots",
        "quotes",
    }
    platform = configured(
        '[archive]\nskip = ["quotes"]\n[retention]\nquotes = "15min"\ntrades = "2y"\nbook_deltas = '
        '"forever"\n'
        'bar__kline = "1y"\n'
    )
    told = [(p.dataset, p.keep, p.archived) for p in policies(platform.settings)]
    assert ("quotes", timedelta(minutes=15), False) in told
    assert told[0][0] == "bar__kline", "derived rows go before raw ones"
    assert "book_deltas" not in {name for name, _, _ in told}
    assert load_settings(tmp_path).retention_of("dagster_runs") == timedelta(days=7)


def test_the_command_is_a_dry_run_until_told_and_its_status_says_that_something_stays(
    configured, monkeypatch
):
    platform = configured('gatherers = ["g1"]\n[retention]\ntrades = "2d"\n')
    for number in range(2):
        platform.store.append(
            "trades", INSTRUMENT, trades_of(number, range(number * 86_400, number * 86_400 + 5))
        )
    archive_day(platform.store, platform.archive, "trades", INSTRUMENT, day(0))
    terminal = Terminal(monkeypatch, platform.root)

    dry = terminal.run("retain")
    assert dry.status == 1
    assert "Would go" in dry.out
    assert "archived yet" in dry.out
    assert len(platform.store.coverage("trades", INSTRUMENT)) == 2
    lines = [
        json.loads(line) for line in terminal.run("retain", "--json", "--apply").out.splitlines()
    ]
    assert [(line["action"], line["rows"], line["applied"]) for line in lines] == [
        ("delete", 5, True),
        ("keep", 5, True),
    ]
    archive_day(platform.store, platform.archive, "trades", INSTRUMENT, day(1))
    assert terminal.run("retain", "--apply").status == 0
    assert "Nothing is older" in terminal.run("retain").out
    assert terminal.run("retain", "--dataset", "trads").status == 1
