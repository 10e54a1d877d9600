"""Asset checks, evaluated in the run that makes the data; where data would be wrong they block what
follows.
"""

from collections.abc import Callable, Iterable, Mapping
from datetime import date

import dagster as dg

from marketdata_platform.core.datasets import DATASETS, Derived, Tier
from marketdata_platform.core.instrument import Instrument
from marketdata_platform.platform import Platform
from marketdata_platform.workflows.archiving.verify import verify
from marketdata_platform.workflows.watching import quality
from marketdata_platform.workflows.watching.quality import Quality

UNIQUE_IDS = "unique_ids"
ID_CONTINUITY = "id_continuity"
SANITY = "ohlc_sanity"
CONSERVATION = "conservation"
ARCHIVE_CHECK = "archive_equals_store"

_DESCRIPTIONS = {
    UNIQUE_IDS: "No trade id is stored twice.",
    ID_CONTINUITY: (
        "No trade id is missing (a warning: what is missing can be imported or repaired)."
    ),
    SANITY: (
        "Every row obeys its constraints: high and low bound open and close, no negative volume."
    ),
    CONSERVATION: "Σ bar volume, with what open bars carry over, equals Σ trade volume.",
}
Days = Mapping[Instrument, list[date]]


def trades_check_specs() -> list[dg.AssetCheckSpec]:
    """Checks of the raw trades: identity blocks, continuity warns."""
    return [
        dg.AssetCheckSpec(
            UNIQUE_IDS, asset="trades", blocking=True, description=_DESCRIPTIONS[UNIQUE_IDS]
        ),
        dg.AssetCheckSpec(
            ID_CONTINUITY, asset="trades", blocking=False, description=_DESCRIPTIONS[ID_CONTINUITY]
        ),
    ]


def derived_check_specs(datasets: Iterable[Derived]) -> list[dg.AssetCheckSpec]:
    """Price order for everything that has constraints, conservation for everything that sums
    volume; both block.
    """
    specs = []
    for dataset in datasets:
        name = dataset.name
        if dataset.constraints:
            specs.append(
                dg.AssetCheckSpec(
                    SANITY, asset=name, blocking=True, description=_DESCRIPTIONS[SANITY]
                )
            )
        if dataset.conserves:
            specs.append(
                dg.AssetCheckSpec(
                    CONSERVATION, asset=name, blocking=True, description=_DESCRIPTIONS[CONSERVATION]
                )
            )
    return specs


def check_result(platform: Platform, key: dg.AssetCheckKey, days: Days) -> dg.AssetCheckResult:
    """Evaluate one check over the partitions of a run."""
    dataset = key.asset_key.path[-1]
    check = _CHECKS[key.name]
    found = Quality()
    with platform.store.session():
        for instrument, of_instrument in days.items():
            found += check(platform, dataset, instrument, of_instrument)
    warns = key.name == ID_CONTINUITY
    return dg.AssetCheckResult(
        asset_key=key.asset_key,
        check_name=key.name,
        passed=found.passed,
        severity=dg.AssetCheckSeverity.WARN if warns else dg.AssetCheckSeverity.ERROR,
        description="; ".join(found.said[:3]) or None,
        metadata={"rows checked": found.checked, "problems": found.problems, "found": found.said},
    )


def _sanity(platform: Platform, dataset: str, instrument: Instrument, days: list[date]) -> Quality:
    return quality.row_constraints(platform.store, dataset, instrument, days)


def _conservation(
    platform: Platform, dataset: str, instrument: Instrument, days: list[date]
) -> Quality:
    return quality.conservation(
        platform.store, platform.derivations(instrument), dataset, instrument, days
    )


def _unique(platform: Platform, dataset: str, instrument: Instrument, days: list[date]) -> Quality:
    return quality.unique_ids(platform.store, instrument, days)


def _continuity(
    platform: Platform, dataset: str, instrument: Instrument, days: list[date]
) -> Quality:
    return quality.id_continuity(platform.store, instrument, days)


def _archive(platform: Platform, asset: str, instrument: Instrument, days: list[date]) -> Quality:
    found = Quality()
    tier = Tier(asset.removeprefix("archive_"))
    skipped = platform.settings.archive.skip
    for dataset in (d.name for d in DATASETS.values() if d.tier is tier and d.name not in skipped):
        for verified in verify(
            platform.store, platform.archive, dataset=dataset, instrument=instrument, days=days
        ):
            found.checked += verified.rows
            if not verified.ok:
                found.found(
                    f"{verified.dataset} {verified.instrument} {verified.day}: {verified.problem}"
                )
    return found


_CHECKS: dict[str, Callable[[Platform, str, Instrument, list[date]], Quality]] = {
    UNIQUE_IDS: _unique,
    ID_CONTINUITY: _continuity,
    SANITY: _sanity,
    CONSERVATION: _conservation,
    ARCHIVE_CHECK: _archive,
}
