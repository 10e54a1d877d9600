"""Housekeeping as Dagster runs it: export, retention, maintenance, pruning."""

from datetime import UTC, datetime, timedelta

import pytest

from marketdata_platform.core.instrument import Instrument
from marketdata_platform.platform.use_cases.export import export_open_days
from marketdata_platform.platform.use_cases.land import land
from marketdata_platform_tests.defs.live.live_instances import BTC, CONFIGURED, configured
from marketdata_platform_tests.workflows.landing.land_journals import START_MS, trades, write

CONFIG = (
    CONFIGURED.replace("2024-07-01", "2024-04-01").replace('"g-2"', '"g2"')
    + '\n[retention]\ntrades = "30d"\n'
)
SPOT = Instrument.parse(BTC)
MIDNIGHT = datetime.fromtimestamp(START_MS / 1000, UTC) + timedelta(seconds=1)


@pytest.fixture
def live(tmp_path, monkeypatch):
    with configured(tmp_path, monkeypatch, CONFIG) as made:
        yield made


def output(result):
    assert result.success
    told = next(e.step_output_data for e in result.all_events if e.is_successful_output)
    return {name: value.value for name, value in told.metadata.items()}


def landed(live, *gatherers):
    """Trades around midnight, and one per hour later, so that the hour before is over."""
    for name in gatherers:
        write(live.root / "journals", name, [*trades(range(1, 101)), *trades([36_500])])
    platform = live.resource.platform()
    land(platform)
    return platform


def test_hours_that_every_gatherer_has_passed_are_exported_once_and_compacted_with_their_day(
    live,
):
    platform = landed(live, "g1")
    at = MIDNIGHT + timedelta(hours=2)
    assert export_open_days(platform, now=at).hours == 0, "g2 was never landed"
    landed(live, "g2")
    first = export_open_days(platform, now=at)
    assert (first.hours, first.rows) == (2, 100)  # 23:00 of the day before, and 00:00
    assert export_open_days(platform, now=at).hours == 0
    live.instance.add_dynamic_partitions("instrument", [BTC])
    day = (MIDNIGHT - timedelta(days=1)).date()
    output(live.execute("archive", partition_key=f"{day}|{BTC}"))
    said = []
    again = export_open_days(platform, now=at, progress=said.append)
    assert again.compacted == 1
    assert str(day) in said[0]
    assert list(platform.archive.hours("trades", SPOT, day)) == []


def test_the_jobs_run_and_tell_what_they_did(live):
    landed(live, "g1", "g2")
    assert (
        output(live.execute("export"))["hours written"] == 0
    )  # the trades are years old: no open day
    kept = output(live.execute("retain"))
    assert kept["rows deleted"] == 0, "nothing is archived, so nothing goes"
    assert kept["keep decisions"] >= 1
    assert output(live.execute("maintain"))["findings"] >= 1


def test_old_runs_are_pruned_unless_a_partition_still_shows_them(live):
    old = live.run("g1", "SUCCESS", ago=100)
    live.instance.run_storage.add_run_tags(old, {"marketdata/test": "old"})
    assert output(live.execute("prune"))["deleted"] == 0, (
        "seven days are kept where nothing is configured"
    )


def test_schedules_are_on_where_their_work_is_configured(live, tmp_path, monkeypatch):
    def on(made):
        return {
            s.name for s in made.repository.schedule_defs if s.default_status.value == "RUNNING"
        }

    assert on(live) == {
        "dedup_each_minute",
        "refresh_open_day",
        "retention_each_day",
        "maintain_each_day",
        "prune_each_hour",
    }
    other = tmp_path / "other"
    other.mkdir()
    monkeypatch.setenv("MARKETDATA_ARCHIVE__URL", "s3://bucket/prefix")
    with configured(
        other, monkeypatch, CONFIG.replace("[retention]", "[retention]\nquotes = '1d'")
    ) as elsewhere:
        assert "s3_export_each_hour" in on(elsewhere)
