"""What the platform records or is given, as Dagster shows it: journals, raw datasets that landing
fills, notices.

Belongs here: assets that no run of theirs makes; runs of landing, capture and loading report what
became of them. Does not: `trades`, which a run makes from the inbox.
"""

from collections.abc import Iterable
from datetime import timedelta

import dagster as dg

from marketdata_platform.core.datasets import RAW, TRADES, Dataset
from marketdata_platform.core.datasets.raw_market import PUBLISHED
from marketdata_platform.defs.assets import describe
from marketdata_platform.defs.live.live_checks import gatherer_of, journal_key
from marketdata_platform.defs.upkeep.failures import NOTICES

# Landing is due each minute and reports a partition each five, the open day is derived each five;
# the archive follows a day's closing.
LANDED_LATE = (timedelta(minutes=10), timedelta(minutes=20))
DERIVED_LATE = (timedelta(minutes=15), timedelta(hours=1))
ARCHIVED_LATE = (timedelta(hours=26), timedelta(hours=30))

# Datasets that gatherers record; the other raw ones are published as files.
STREAMED = tuple(d.name for d in RAW if d not in PUBLISHED)


def fresh_within(late: tuple[timedelta, timedelta], *, live: bool) -> dg.FreshnessPolicy | None:
    """A freshness policy (warn, fail) where something is recorded; without capture nothing is ever
    late.
    """
    if not live:
        return None
    warn, fail = late
    return dg.FreshnessPolicy.time_window(fail_window=fail, warn_window=warn)


def recorded_assets(
    gatherers: Iterable[str], partitions: dg.PartitionsDefinition[str], *, kind: str, live: bool
) -> list[dg.AssetSpec]:
    """Specs of the journals, the raw datasets besides trades, and the notices."""
    journals = [journal_key(name) for name in gatherers]
    return [
        *(_journal(key, live=live) for key in journals),
        *(_raw(d, journals, partitions, kind=kind) for d in RAW if d is not TRADES),
        _notices(),
    ]


def _journal(key: dg.AssetKey, *, live: bool) -> dg.AssetSpec:
    name = gatherer_of(key)
    return dg.AssetSpec(
        key,
        group_name="capture",
        description=(
            f"What the gatherer {name} received, frame by frame, before anybody decoded it: "
            f"`journals/{name}/`.\n\n"
            "Each landing reports how far it has read, how many frames it took and how late they "
            "are."
        ),
        kinds={"journal"},
        owners=list(describe.OWNERS),
        freshness_policy=fresh_within(LANDED_LATE, live=live),
    )


def _raw(
    dataset: Dataset,
    journals: list[dg.AssetKey],
    partitions: dg.PartitionsDefinition[str],
    *,
    kind: str,
) -> dg.AssetSpec:
    return dg.AssetSpec(
        dataset.name,
        deps=journals if dataset.name in STREAMED else [],
        group_name="raw",
        description=describe.description(dataset),
        metadata=describe.asset_metadata(dataset),
        kinds={kind},
        owners=list(describe.OWNERS),
        partitions_def=partitions,
    )


def _notices() -> dg.AssetSpec:
    return dg.AssetSpec(
        NOTICES,
        group_name="capture",
        description=(
            "What went wrong, newest first: each failed run with its job, its reason and a link. "
            "The check "
            "`nothing_failing` is red while the latest run of some job has failed, and says which."
        ),
        kinds={"notice"},
        owners=list(describe.OWNERS),
    )
