"""Dagster's own history, kept small: old runs go, with their events and logs.

Belongs here: which runs may go. Does not: when (schedules), ticks (dagster.yaml's `retention`).

A run that made what an asset's partition shows as its latest materialisation stays, however old:
the UI, backfills and freshness read it. So a partition never turns missing because its run was long
ago.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import dagster as dg

_OVER = (dg.DagsterRunStatus.SUCCESS, dg.DagsterRunStatus.FAILURE, dg.DagsterRunStatus.CANCELED)
_CURSOR = "marketdata/prune_runs"
_PAGE = 200
_EVENTS = 10_000


@dataclass(frozen=True, slots=True)
class Pruned:
    """What a call did: old runs that it looked at, deleted (or would), and kept because they are
    still spoken of.
    """

    looked_at: int
    deleted: int
    kept: int
    finished: bool  # False: there are more; the next call goes on there


def prune_runs(
    instance: dg.DagsterInstance,
    keep: timedelta,
    *,
    apply: bool = True,
    limit: int = 5_000,
    now: datetime | None = None,
) -> Pruned:
    """Delete runs that ended and were created before `now - keep`, at most `limit` looked at,
    oldest first.

    The next call goes on where this one stopped, and begins again after the last.
    """
    cutoff = (now or datetime.now(UTC)) - keep
    cursor = _cursor(instance)
    looked_at = deleted = 0
    while looked_at < limit:
        wanted = dg.RunsFilter(statuses=list(_OVER), created_before=cutoff)
        records = instance.get_run_records(
            wanted, limit=min(_PAGE, limit - looked_at), ascending=True, cursor=cursor
        )
        if not records:
            _remember(instance, None)
            return Pruned(looked_at, deleted, looked_at - deleted, finished=True)
        for record in records:
            looked_at += 1
            run_id = record.dagster_run.run_id
            if _is_latest_somewhere(instance, run_id):
                cursor = run_id  # a kept one: of a deleted run the storage would not know the place
                continue
            deleted += 1
            if apply:
                _delete(instance, run_id)
            else:
                cursor = run_id
    _remember(instance, cursor if apply else None)
    return Pruned(looked_at, deleted, looked_at - deleted, finished=False)


def _is_latest_somewhere(instance: dg.DagsterInstance, run_id: str) -> bool:
    made = instance.get_records_for_run(
        run_id, of_type=dg.DagsterEventType.ASSET_MATERIALIZATION, limit=_EVENTS
    )
    by_asset: dict[dg.AssetKey, dict[str | None, int]] = {}
    for record in made.records:
        key, partition = record.asset_key, record.partition_key
        if key is not None:
            by_asset.setdefault(key, {})[partition] = record.storage_id
    return any(_is_latest(instance, key, ids, run_id) for key, ids in by_asset.items())


def _is_latest(
    instance: dg.DagsterInstance, key: dg.AssetKey, ids: dict[str | None, int], run_id: str
) -> bool:
    latest = instance.get_latest_materialization_event(key)
    if latest is not None and latest.run_id == run_id:
        return True
    partitions = {name for name in ids if name is not None}
    if not partitions:
        return False
    storage_ids = instance.get_latest_storage_id_by_partition(
        key, dg.DagsterEventType.ASSET_MATERIALIZATION, partitions
    )
    return any(ids[name] >= newest for name, newest in storage_ids.items() if name in ids)


def _delete(instance: dg.DagsterInstance, run_id: str) -> None:
    instance.compute_log_manager.delete_logs(prefix=[run_id])
    instance.delete_run(run_id)
    for shard in _shards(instance, run_id):
        shard.unlink(missing_ok=True)


def _shards(instance: dg.DagsterInstance, run_id: str) -> Sequence[Path]:
    """SQLite keeps a file of events per run, and leaves it empty."""
    storage = instance.event_log_storage
    of_run = getattr(storage, "path_for_shard", None)
    return (
        [Path(f"{of_run(run_id)}{end}") for end in ("", "-wal", "-shm")] if callable(of_run) else []
    )


def _cursor(instance: dg.DagsterInstance) -> str | None:
    found = instance.daemon_cursor_storage.get_cursor_values({_CURSOR}).get(_CURSOR)
    return found if found and instance.has_run(found) else None


def _remember(instance: dg.DagsterInstance, run_id: str | None) -> None:
    instance.daemon_cursor_storage.set_cursor_values({_CURSOR: run_id or ""})
