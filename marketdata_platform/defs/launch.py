"""Runs started from code: the Dagster instance of a root, and backfills in this process with
progress.

A backfill is one run per instrument and month of days: small enough that an interrupted one loses
little, since every run is recorded in Dagster and what is up to date is not done again.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime
from itertools import groupby
from pathlib import Path

import dagster as dg
from dagster_shared.error import SerializableErrorInfo

from marketdata_platform.core.errors import InvalidInput, InvalidWindow
from marketdata_platform.core.instrument import Instrument
from marketdata_platform.core.window import Window
from marketdata_platform.defs.assets.derived import derived_groups
from marketdata_platform.defs.assets.staleness import instrument_stale_days
from marketdata_platform.defs.dagster_home import dagster_home
from marketdata_platform.defs.force import force_tags
from marketdata_platform.defs.jobs import EVERYTHING
from marketdata_platform.defs.partitions import partition_key
from marketdata_platform.defs.partitions import register as register
from marketdata_platform.defs.resources import Listener, listening
from marketdata_platform.platform import Platform

_DAYS_A_RUN = 31
_RANGE_START = "dagster/asset_partition_range_start"
_RANGE_END = "dagster/asset_partition_range_end"


@dataclass(frozen=True, slots=True)
class BackfillRun:
    """One run of a backfill: its days, and how it ended."""

    instrument: Instrument
    days: tuple[date, ...]
    run_id: str
    succeeded: bool
    failures: tuple[str, ...]  # what failed, a line each


@contextmanager
def instance_of(root: Path) -> Iterator[dg.DagsterInstance]:
    """The Dagster instance that `marketdata ui` shows for this root."""
    home = dagster_home(root)
    os.environ["DAGSTER_HOME"] = str(home)  # events written by a run look their instance up by it
    with dg.DagsterInstance.from_config(str(home)) as instance:
        yield instance


def chosen_assets(definitions: dg.Definitions, text: Sequence[str]) -> list[dg.AssetKey]:
    """Asset keys of a selection: names, group names, or `all`.

    A name that is both (`order_flow`) is the group, its asset of that name included;
    `key:order_flow` is that asset.

    Raises:
        InvalidInput: a name that is no asset; the message lists those there are.
    """
    graph = definitions.resolve_asset_graph()
    keys = {key.to_user_string(): key for key in graph.materializable_asset_keys}
    groups: dict[str, list[dg.AssetKey]] = {}
    for key in keys.values():
        groups.setdefault(graph.get(key).group_name, []).append(key)
    chosen: dict[dg.AssetKey, None] = {}
    for name in (part.strip() for item in text for part in item.split(",")):
        if name in ("all", "*"):
            chosen |= dict.fromkeys(keys.values())
        elif name.removeprefix("group:") in groups:
            chosen |= dict.fromkeys(groups[name.removeprefix("group:")])
        elif name.removeprefix("key:") in keys:
            chosen[keys[name.removeprefix("key:")]] = None
        else:
            known = ", ".join(sorted(keys))
            raise InvalidInput(
                f"no asset or group is called {name[:60]!r}; groups: {', '.join(sorted(groups))}; "
                f"assets: {known}"
            )
    return sorted(chosen)


def steps_of(assets: Sequence[dg.AssetKey]) -> list[str]:
    """The ops that make `assets`: those of a derived group are one op, which reads a day's trades
    once.
    """
    op_of = {
        dataset.name: group for group, datasets in derived_groups().items() for dataset in datasets
    }
    names = [asset.to_user_string() for asset in assets]
    return sorted({op_of.get(name, name) for name in names})


def days_between(platform: Platform, first: date, last: date) -> list[date]:
    """The UTC days of a backfill, both ends included.

    Raises:
        InvalidWindow: inverted, before the deployment's start date, or after today.
    """
    if first > last:
        raise InvalidWindow(
            f"--from {first} is after --to {last}: nothing would be done; swap them"
        )
    start, today = platform.settings.start_date, datetime.now(UTC).date()
    if first < start:
        raise InvalidWindow(
            f"--from {first} is before the deployment's start_date {start}: set start_date in "
            "marketdata.toml"
        )
    if last > today:
        raise InvalidWindow(f"--to {last} is after today ({today}, UTC)")
    return list(Window.of_days(first, last).days())


def backfill(
    definitions: dg.Definitions,
    platform: Platform,
    assets: Sequence[dg.AssetKey],
    instruments: Sequence[Instrument],
    days: Sequence[date],
    *,
    force: bool = False,
    listener: Listener | None = None,
) -> Iterator[BackfillRun]:
    """Materialise `assets` for instruments × days; what Dagster has and is up to date is skipped
    unless `force`.
    """
    job = definitions.resolve_job_def(EVERYTHING)
    with instance_of(platform.root) as instance:
        register(instance, instruments)
        for instrument in instruments:
            todo = (
                days
                if force
                else instrument_stale_days(instance, platform, assets, instrument, days)
            )
            if listener and len(todo) < len(days):
                for step in steps_of(assets):
                    listener(step, str(instrument), len(days) - len(todo))
            for stretch in _stretches(todo):
                tags = {
                    _RANGE_START: partition_key(instrument, stretch[0]),
                    _RANGE_END: partition_key(instrument, stretch[-1]),
                    **force_tags(force),
                }
                with listening(listener):
                    result = job.execute_in_process(
                        instance=instance,
                        asset_selection=list(assets),
                        tags=tags,
                        run_config={"loggers": {"console": {"config": {"log_level": "CRITICAL"}}}},
                        raise_on_error=False,
                    )
                yield BackfillRun(
                    instrument, tuple(stretch), result.run_id, result.success, _failures(result)
                )


def _stretches(days: Sequence[date]) -> Iterator[list[date]]:
    """Runs of consecutive days, at most a month each."""
    for _, group in groupby(enumerate(days), key=lambda item: item[1].toordinal() - item[0]):
        stretch = [day for _, day in group]
        for start in range(0, len(stretch), _DAYS_A_RUN):
            yield stretch[start : start + _DAYS_A_RUN]


def _failures(result: dg.ExecuteInProcessResult) -> tuple[str, ...]:
    steps = [
        f"{e.step_key}: {_reason(e.step_failure_data.error)}"
        for e in result.all_events
        if e.is_step_failure
    ]
    checks = [
        f"check {c.check_name} of {c.asset_key.to_user_string()}: {c.description or 'failed'}"
        for c in result.get_asset_check_evaluations()
        if not c.passed and c.severity is dg.AssetCheckSeverity.ERROR
    ]
    return (*checks, *steps)


def _reason(error: SerializableErrorInfo | None) -> str:
    """What was raised by our code: Dagster wraps it in an error that says only which op it was."""
    while error is not None and error.cause is not None:
        error = error.cause
    return error.message.strip() if error is not None else "failed"
