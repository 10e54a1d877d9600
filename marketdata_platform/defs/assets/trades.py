"""Raw trades: what lies in the inbox for the days of a run is landed; what was imported by command
is reported.
"""

from collections.abc import Iterable
from datetime import date
from typing import Any

import dagster as dg

from marketdata_platform.core.datasets import TRADES
from marketdata_platform.core.instrument import Instrument
from marketdata_platform.defs.assets import describe
from marketdata_platform.defs.assets.checks import check_result, trades_check_specs
from marketdata_platform.defs.assets.recorded import LANDED_LATE, fresh_within
from marketdata_platform.defs.live.live_checks import journal_key
from marketdata_platform.defs.partitions import by_instrument, partition_key
from marketdata_platform.defs.resources import PlatformResource, progressed
from marketdata_platform.platform import Platform
from marketdata_platform.workflows.files.import_files import ImportResult

_DESCRIPTION = """Every trade the venue reported, once, in exchange time.

Files in `inbox/<venue>/<market>/<symbol>/` that may hold trades of the day (by the date in their
name; files without one always) are imported: CHECKSUM verified, decoded, deduplicated by trade id,
bad rows quarantined with file, line and reason. A file that was imported before is left alone.
`marketdata import` stores files from anywhere else.

What gatherers record is landed each minute by the job `land`, which reports the partitions it
filled here.
"""


def trades_asset(
    partitions: dg.PartitionsDefinition[str], gatherers: Iterable[str], *, kind: str, live: bool
) -> dg.AssetsDefinition:
    """The asset `trades`."""

    @dg.asset(
        name="trades",
        deps=[journal_key(name) for name in gatherers],
        group_name="raw",
        description=_DESCRIPTION,
        metadata=describe.asset_metadata(TRADES),
        kinds={kind},
        owners=list(describe.OWNERS),
        partitions_def=partitions,
        freshness_policy=fresh_within(LANDED_LATE, live=live),
        backfill_policy=dg.BackfillPolicy.single_run(),
        check_specs=trades_check_specs(),
    )
    def trades(
        context: dg.AssetExecutionContext, platform: PlatformResource
    ) -> dg.MaterializeResult:  # type: ignore[type-arg]
        opened = platform.platform()
        partitions_of = by_instrument(context.partition_keys)
        imported: list[ImportResult] = []
        with opened.store.session():
            for instrument, days in partitions_of.items():
                imported += opened.land_inbox(instrument, days)
                for day, metadata in _days(opened, instrument, days).items():
                    key = partition_key(instrument, day)
                    context.add_asset_metadata(metadata, asset_key="trades", partition_key=key)
                    progressed("trades", str(instrument))
        for result in imported:
            context.log.info(
                f"{result.path}: {result.rows} rows, {result.inserted} new, {result.quarantined} "
                "quarantined"
            )
        checks = [
            dg.AssetCheckKey(dg.AssetKey("trades"), spec.name) for spec in trades_check_specs()
        ]
        return dg.MaterializeResult(
            metadata=_totals(imported),
            check_results=[check_result(opened, key, partitions_of) for key in checks],
        )

    return trades


def _days(
    platform: Platform, instrument: Instrument, days: list[date]
) -> dict[date, dict[str, Any]]:
    coverage = {c.day: c for c in platform.store.coverage("trades", instrument)}
    metadata: dict[date, dict[str, Any]] = {}
    for day in days:
        found = coverage.get(day)
        metadata[day] = {"dagster/row_count": found.rows if found else 0}
        if found:
            prices = platform.read_day("trades", instrument, day).select("price")
            metadata[day] |= describe.line_metadata("price", prices["price"])
            metadata[day] |= {
                "first trade": found.first_time.isoformat(),
                "last trade": found.last_time.isoformat(),
            }
    return metadata


def _totals(imported: list[ImportResult]) -> dict[str, Any]:
    return {
        "files imported": [result.path.rsplit("/", 1)[-1] for result in imported],
        "rows inserted": sum(result.inserted for result in imported),
        "duplicates": sum(result.duplicates for result in imported),
        "quarantined": sum(result.quarantined for result in imported),
    }
