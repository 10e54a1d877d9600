"""Derived datasets: one op per group, so that a day's trades are read once for all its
datasets.
"""

from collections.abc import Iterator, Sequence
from datetime import date
from typing import Any

import dagster as dg

from marketdata_platform.core.datasets import DERIVED, Derived, derived_named
from marketdata_platform.core.instrument import Instrument
from marketdata_platform.defs.assets import describe
from marketdata_platform.defs.assets.chart_link import chart_metadata
from marketdata_platform.defs.assets.checks import check_result, derived_check_specs
from marketdata_platform.defs.assets.recorded import DERIVED_LATE, fresh_within
from marketdata_platform.defs.force import is_forced
from marketdata_platform.defs.partitions import by_instrument, partition_key
from marketdata_platform.defs.resources import PlatformResource, progressed
from marketdata_platform.platform import Platform
from marketdata_platform.workflows.deriving.derivation import KERNEL_VERSION
from marketdata_platform.workflows.deriving.derive import DerivedDay

Result = dg.MaterializeResult[Any] | dg.AssetCheckResult


def derived_groups() -> dict[str, list[Derived]]:
    """The derived datasets by group, in the order of the list."""
    groups: dict[str, list[Derived]] = {}
    for dataset in DERIVED:
        groups.setdefault(dataset.group, []).append(dataset)
    return groups


def derived_assets(
    group: str,
    datasets: Sequence[Derived],
    partitions: dg.PartitionsDefinition[str],
    *,
    kind: str,
    live: bool,
) -> dg.AssetsDefinition:
    """The assets of a group; any subset of them can be materialised, a range of days in a single
    run.
    """

    @dg.multi_asset(
        name=group,
        specs=[_spec(dataset, kind=kind, live=live) for dataset in datasets],
        check_specs=derived_check_specs(datasets),
        can_subset=True,
        partitions_def=partitions,
        backfill_policy=dg.BackfillPolicy.single_run(),
    )
    def derive_group(
        context: dg.AssetExecutionContext, platform: PlatformResource
    ) -> Iterator[Result]:
        chosen = sorted(key.path[-1] for key in context.selected_asset_keys)
        partitions_of = by_instrument(context.partition_keys)
        totals = dict.fromkeys(chosen, 0)
        opened = platform.platform()
        with opened.store.session():
            for instrument, days in partitions_of.items():
                for name, rows in _derive(context, platform, instrument, days, chosen).items():
                    totals[name] += rows
        for name in chosen:
            yield dg.MaterializeResult(asset_key=name, metadata={"rows of the run": totals[name]})
        for key in sorted(context.selected_asset_check_keys):
            yield check_result(opened, key, partitions_of)

    return derive_group


def _spec(dataset: Derived, *, kind: str, live: bool) -> dg.AssetSpec:
    return dg.AssetSpec(
        dataset.name,
        deps=["trades"],
        group_name=dataset.group,
        description=describe.description(dataset),
        metadata=describe.asset_metadata(dataset),
        kinds={kind, "numba"},
        owners=list(describe.OWNERS),
        code_version=str(KERNEL_VERSION),
        freshness_policy=fresh_within(DERIVED_LATE, live=live),
        skippable=True,
    )


def _derive(
    context: dg.AssetExecutionContext,
    resource: PlatformResource,
    instrument: Instrument,
    days: list[date],
    datasets: Sequence[str],
) -> dict[str, int]:
    platform = resource.platform()
    op, forced = context.op_execution_context.op.name, is_forced(context.run.tags)
    done = platform.derive(
        instrument, days, datasets, force=forced, progress=lambda _: progressed(op, str(instrument))
    )
    rows = dict.fromkeys(datasets, 0)
    for result in done:
        rows[result.dataset] += result.rows
        metadata = _partition_metadata(platform, instrument, result, last=result.day == days[-1])
        key = partition_key(instrument, result.day)
        context.add_asset_metadata(metadata, asset_key=result.dataset, partition_key=key)
    context.log.info(
        f"{instrument}: {len(days)} day(s), {sum(r.computed for r in done)} of {len(done)} computed"
    )
    return rows


def _partition_metadata(
    platform: Platform, instrument: Instrument, result: DerivedDay, *, last: bool
) -> dict[str, Any]:
    dataset = derived_named(result.dataset)
    frame = platform.read_day(dataset.name, instrument, result.day)
    metadata = describe.derived_metadata(dataset, frame) | {"computed": result.computed}
    if dataset.picture.figure and last:
        metadata |= chart_metadata(platform, instrument, result.day)
    return metadata
