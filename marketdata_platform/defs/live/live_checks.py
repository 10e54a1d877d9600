"""Checks of the live recording: is each gatherer alive and landed, are gaps open, does the
quarantine grow?

Belongs here: reading what a verdict needs, and reporting to Dagster. Does not: thresholds
(workflows/watching/live_quality.py). Landing evaluates all of them each minute, in its own run; the
keep-alive sensors report `heartbeat` when it changes.
"""

from collections import Counter
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime

import dagster as dg

from marketdata_platform.core.datasets import QUARANTINE
from marketdata_platform.core.instrument import gatherer_home
from marketdata_platform.core.window import Window
from marketdata_platform.defs.resources import PlatformResource
from marketdata_platform.platform import Platform
from marketdata_platform.platform.gatherers.journal_folders import journal_folder
from marketdata_platform.platform.use_cases.land import gaps_of
from marketdata_platform.settings import Settings
from marketdata_platform.workflows.bookkeeping.cursors import cursor_of
from marketdata_platform.workflows.bookkeeping.gatherer_status import GathererStatus, read_heartbeat
from marketdata_platform.workflows.watching import live_quality
from marketdata_platform.workflows.watching.live_quality import LiveVerdict

HEARTBEAT_CHECK = "heartbeat"
LAG_CHECK = "landing_lag"
GAPS_CHECK = "open_gaps"
QUARANTINE_CHECK = "quarantine"
_JOURNAL = "journal_"
_SAID = {
    HEARTBEAT_CHECK: "The gatherer lives, its disk takes what comes, and every stream is heard.",
    LAG_CHECK: (
        "Landing is at most 3 minutes behind what the gatherer has received (15 minutes: an error)."
    ),
    GAPS_CHECK: (
        "Nothing is missing that no gatherer saw and no repair has filled (for an hour: an error)."
    ),
    QUARANTINE_CHECK: "Nothing came in the last 15 minutes that could not be stored.",
}


def journal_key(gatherer: str) -> dg.AssetKey:
    """The asset that stands for a gatherer's journal."""
    return dg.AssetKey(_JOURNAL + gatherer)


def gatherer_of(journal: dg.AssetKey) -> str:
    """The gatherer whose journal the asset stands for."""
    return journal.path[-1].removeprefix(_JOURNAL)


def live_checks(gatherers: Iterable[str]) -> dg.AssetChecksDefinition:
    """All of them, in one op."""
    specs = [
        *(
            _spec(journal_key(name), check)
            for name in gatherers
            for check in (HEARTBEAT_CHECK, LAG_CHECK)
        ),
        *(_spec(dg.AssetKey("trades"), check) for check in (GAPS_CHECK, QUARANTINE_CHECK)),
    ]

    @dg.multi_asset_check(name="live", specs=specs, can_subset=True)
    def live(
        context: dg.AssetCheckExecutionContext, platform: PlatformResource
    ) -> Iterator[dg.AssetCheckResult]:
        opened = platform.platform()
        for key in sorted(context.selected_asset_check_keys):
            found = _verdict(opened, key)
            yield dg.AssetCheckResult(
                asset_key=key.asset_key,
                check_name=key.name,
                passed=found.passed,
                severity=_severity(found),
                description=found.said,
                metadata=dict(found.facts),
            )

    return live


def evaluations(platform: Platform) -> Iterator[dg.AssetCheckEvaluation]:
    """Every live check as it stands now, for a run that is no run of checks."""
    keys = [
        *(
            dg.AssetCheckKey(journal_key(n), c)
            for n in platform.settings.gatherers
            for c in (HEARTBEAT_CHECK, LAG_CHECK)
        ),
        *(dg.AssetCheckKey(dg.AssetKey("trades"), c) for c in (GAPS_CHECK, QUARANTINE_CHECK)),
    ]
    yield from (_evaluation(platform, key) for key in keys)


def open_gaps_now(platform: Platform) -> dg.AssetCheckEvaluation:
    """The check `open_gaps` as it stands, reported after a repair."""
    return _evaluation(platform, dg.AssetCheckKey(dg.AssetKey("trades"), GAPS_CHECK))


def _evaluation(platform: Platform, key: dg.AssetCheckKey) -> dg.AssetCheckEvaluation:
    found = _verdict(platform, key)
    return dg.AssetCheckEvaluation(
        asset_key=key.asset_key,
        check_name=key.name,
        passed=found.passed,
        severity=_severity(found),
        description=found.said,
        metadata=dict(found.facts),
    )


def _spec(asset: dg.AssetKey, check: str) -> dg.AssetCheckSpec:
    return dg.AssetCheckSpec(check, asset=asset, description=_SAID[check])


def _severity(found: LiveVerdict) -> dg.AssetCheckSeverity:
    return dg.AssetCheckSeverity.ERROR if found.serious else dg.AssetCheckSeverity.WARN


def _verdict(platform: Platform, key: dg.AssetCheckKey) -> LiveVerdict:
    now = datetime.now(UTC)
    if key.name == GAPS_CHECK:
        return _gaps(platform, now)
    if key.name == QUARANTINE_CHECK:
        return _quarantine(platform, now)
    gatherer = gatherer_of(key.asset_key)
    beat = heartbeat_of(platform.settings, gatherer)
    if key.name == HEARTBEAT_CHECK:
        return live_quality.heartbeat(
            gatherer, beat, now, platform.settings.capture.heartbeat_stale_seconds
        )
    return live_quality.landing_lag(gatherer, cursor_of(platform.store, gatherer).ts_recv, beat)


def heartbeat_of(settings: Settings, gatherer: str) -> GathererStatus | None:
    """What a gatherer said of itself last; None where it does not run on this machine."""
    return read_heartbeat(journal_folder(settings, gatherer))


def _gaps(platform: Platform, now: datetime) -> LiveVerdict:
    found = gaps_of(platform, status="open")
    return live_quality.open_gaps(
        [(f"{g.dataset} of {g.instrument}", g.missing, g.opened_at) for g in found], now
    )


def _quarantine(platform: Platform, now: datetime) -> LiveVerdict:
    window = Window(now - live_quality.QUARANTINE_LOOK, now)
    homes = [
        *platform.settings.captured(),
        *(gatherer_home(name) for name in platform.settings.gatherers),
    ]
    reasons: Counter[str] = Counter()
    for home in homes:
        for batch in platform.store.read(QUARANTINE.name, home, window, columns=["reason"]):
            reasons.update(
                str(reason).partition(":")[0] for reason in batch.column("reason").to_pylist()
            )
    return live_quality.quarantine(reasons)
