"""Landing in a deployment: by its configuration, by its commands, and made anew from journals."""

from __future__ import annotations

import json
from datetime import date

import pytest

import marketdata_platform as md
from marketdata_platform.core.errors import ConfigurationError, InvalidInput
from marketdata_platform.platform.use_cases.land import gaps_of, land, landed_days, source_of
from marketdata_platform.platform.use_cases.rebuild import rebuild
from marketdata_platform_tests.cli.commands import Terminal
from marketdata_platform_tests.workflows.landing.land_journals import (
    BTC,
    START_MS,
    missing_some,
    trades,
    write,
)

FRAMES = trades(range(1, 300))


@pytest.fixture
def root(tmp_path, monkeypatch):
    """A deployment of three gatherers that have recorded; none of them heard all."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("MARKETDATA_CONFIG", raising=False)  # the folder's own file is meant
    (tmp_path / "marketdata.toml").write_text(
        'root = "."\ngatherers = 3\n[capture.instruments]\n"binance:spot:BTCUSDT" = ["trades"]\n'
    )
    for seed, name in enumerate(("g1", "g2", "g3")):
        write(tmp_path / "journals", name, missing_some(FRAMES, seed))
    return tmp_path


def stored(platform):
    return platform.read("trades", BTC)["sequence"].to_list()


def heard(*seeds):
    return sorted({f for seed in seeds for f in missing_some(FRAMES, seed)}, key=FRAMES.index)


def test_the_configured_gatherers_are_landed_and_repairs_with_them(root):
    platform = md.open(root)
    result = land(platform)
    assert list(result.by_gatherer) == ["g1", "g2", "g3"]
    assert len(stored(platform)) == len(heard(0, 1, 2))
    write(root / "journals", "repair", FRAMES)
    assert list(land(platform).by_gatherer) == ["g1", "g2", "g3", "repair"]
    assert stored(platform) == list(range(1, 300))
    assert {gap.status for gap in gaps_of(platform)} <= {"repaired"}
    assert gaps_of(platform, status="open") == []
    assert platform.instruments() == [BTC]


def test_a_gatherer_that_is_not_configured_is_an_error_that_names_those_there_are(root):
    with pytest.raises(
        ConfigurationError, match="no gatherer is called 'g9'; there are g1, g2, g3"
    ):
        source_of(md.open(root), "g9")


def test_a_day_is_passed_once_every_gatherer_has_been_landed_beyond_it(root):
    platform = md.open(root)
    land(platform)
    assert landed_days(platform) == {BTC: set()}
    for name in ("g1", "g2"):
        write(root / "journals", name, trades(range(600, 700)))
    land(platform)
    assert landed_days(platform) == {BTC: set()}
    write(root / "journals", "g3", trades(range(600, 700)))
    land(platform)
    assert landed_days(platform) == {BTC: {date(2024, 4, 30)}}
    assert START_MS


def test_a_rebuild_takes_the_place_of_the_store_and_keeps_the_old_one(root):
    platform = md.open(root)
    land(platform)
    before = platform.read("trades", BTC)
    result = rebuild(platform)
    assert platform.read("trades", BTC).equals(before)
    assert (
        result.kept is not None
        and (result.kept / "binance" / "spot" / "BTCUSDT" / "trading.duckdb").exists()
    )
    assert land(platform).frames == 0
    assert [path.name for path in root.glob("rebuild-*")] == []


def test_a_rebuild_that_would_lose_trades_leaves_the_store_alone(root):
    platform = md.open(root)
    land(platform)
    before = stored(platform)
    with pytest.raises(
        InvalidInput,
        match=r"fewer trades than the store \(UTC days: 1, first binance:spot:BTCUSDT 2024-05-01",
    ):
        rebuild(platform, ["g1"])
    assert stored(platform) == before
    rebuild(platform, ["g2"], force=True)
    assert len(stored(platform)) == len(heard(1))


def test_a_rebuild_into_a_folder_leaves_the_store_alone(root, tmp_path_factory):
    platform = md.open(root)
    land(platform)
    folder = tmp_path_factory.mktemp("fresh")
    before = stored(platform)
    assert rebuild(platform, ["g3"], into=folder).kept is None
    assert len(stored(md.open(folder))) == len(heard(2))
    assert stored(platform) == before
    with pytest.raises(ConfigurationError, match="is not empty"):
        rebuild(platform, ["g3"], into=folder)


def test_the_commands_say_what_they_did(root, monkeypatch, tmp_path_factory):
    terminal = Terminal(monkeypatch, root)
    ran = terminal.run("land")
    assert (ran.status, ran.err) == (0, "")
    assert "g1" in ran.out and "rows are new" in ran.out
    again = terminal.run("land", "--gatherer", "g1", "--json")
    assert json.loads(again.out)["gatherers"]["g1"]["frames"] == 0
    wrong = terminal.run("land", "--gatherer", "nobody")
    assert wrong.status != 0 and "no gatherer is called" in wrong.err
    folder = tmp_path_factory.mktemp("fresh")
    ran = terminal.run("rebuild", "--gatherer", "g1", "--into", folder)
    assert ran.status == 0 and "The new store is in" in ran.out
