"""Which rows of a batch are new, which are there already and which contradict what is there.

Belongs here: the rules of `Merge`, keys and constraints, as pure functions over frames; every store
uses these. Does not: finding the stored rows, or writing anything.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import polars as pl
import pyarrow as pa

from marketdata_platform.core.datasets import Dataset, Merge, Tier
from marketdata_platform.core.datasets.ordering import has_sequence
from marketdata_platform.core.errors import InvalidInput

ROW = "_row"  # number of the row in the batch; -1: a stored row
_REFERENCE = "_reference"
_MAX_PAYLOAD_CHARACTERS = 4096


@dataclass(frozen=True, slots=True)
class RejectedRow:
    """A row of the batch that is not stored, and why."""

    row: int
    reason: str
    values: dict[str, Any]


@dataclass(frozen=True, slots=True)
class DedupResult:
    """What becomes of a batch. Frames have the dataset's columns; `before` and `after` go row by
    row.
    """

    new: pl.DataFrame
    before: pl.DataFrame
    after: pl.DataFrame
    duplicates: int = 0
    conflicts: list[RejectedRow] = field(default_factory=list)


def typed_table(dataset: Dataset, rows: pa.Table) -> pa.Table:
    """`rows` with the dataset's columns and types, in its column order; nullable columns may be
    missing.

    Raises:
        InvalidInput: a column is missing or unknown, or its values do not fit the dataset's type
            exactly.
    """
    known = {column.name for column in dataset.columns}
    unknown = [name for name in rows.column_names if name not in known]
    missing = [
        c.name for c in dataset.columns if not c.nullable and c.name not in rows.column_names
    ]
    if unknown or missing:
        raise InvalidInput(
            f"{dataset.name}: rows lack columns {missing} and have unknown columns {unknown}"
        )
    arrays = [_typed(dataset, rows, column.name) for column in dataset.columns]
    return pa.table(arrays, names=[column.name for column in dataset.columns])


def frame_of(dataset: Dataset, rows: pa.Table) -> pl.DataFrame:
    """`typed_table` as a frame; raises as it does."""
    frame = pl.from_arrow(typed_table(dataset, rows), rechunk=False)
    assert isinstance(frame, pl.DataFrame)
    return frame


def check(dataset: Dataset, frame: pl.DataFrame) -> tuple[pl.DataFrame, list[RejectedRow]]:
    """The rows that obey the dataset's rules, and the others with the first rule that each breaks.

    `frame` has `ROW`. A missing value where none may be, a value outside `allowed` and a false
    constraint refuse a row.
    """
    rules = _rules(dataset)
    passed = frame.select([rule.all().alias(str(i)) for i, (rule, _) in enumerate(rules)]).row(0)
    if all(passed):
        return frame, []
    bad = pl.lit(None, pl.String)
    for (rule, reason), whole in zip(reversed(rules), reversed(passed), strict=True):
        bad = bad if whole else pl.when(~rule.fill_null(True)).then(pl.lit(reason)).otherwise(bad)
    marked = frame.with_columns(bad.alias("_reason"))
    refused = marked.filter(pl.col("_reason").is_not_null())
    good = marked.filter(pl.col("_reason").is_null()).drop("_reason")
    return good, [
        RejectedRow(r.pop(ROW), r.pop("_reason"), r) for r in refused.iter_rows(named=True)
    ]


def repeated_keys(dataset: Dataset, frame: pl.DataFrame) -> bool:
    """True if two rows of `frame` have the same key."""
    if (
        has_sequence(dataset)
        and frame["sequence"].null_count() == 0
        and _rising_ids(dataset, frame)
    ):
        return False
    if len(dataset.key) == 1:
        return frame[dataset.key[0]].n_unique() < len(frame)
    return bool(frame.select(pl.struct(dataset.key).n_unique() < pl.len()).item())


def _rising_ids(dataset: Dataset, frame: pl.DataFrame) -> bool:
    """True if sequences rise and each is its row's id as a number: no id comes twice then, and no
    text is hashed.
    """
    sequence = pl.col("sequence")
    rises = (sequence > sequence.shift(1)).slice(1).all()
    return bool(
        frame.select(rises & (sequence.cast(pl.String) == pl.col(dataset.key[0])).all()).item()
    )


def deduplicate(dataset: Dataset, frame: pl.DataFrame, stored: pl.DataFrame) -> DedupResult:
    """Hold a batch against itself and against `stored`, the stored rows with any of its keys.

    `frame` has `ROW` and obeys the rules of `check`. The first row of a key (the stored one, if
    there is) decides; a later one with the same payload is a duplicate and completes it, else it is
    a conflict. A time in milliseconds and the same time in microseconds are the same (venues
    publish both); the finer one stays, in whatever order they come. The `before`/`after` of the
    outcome are the stored rows that a duplicate completed.
    """
    nothing = stored.head(0)
    if stored.is_empty() and not repeated_keys(dataset, frame):
        return DedupResult(frame.drop(ROW), nothing, nothing)
    pool = pl.concat(
        [stored.with_columns(pl.lit(-1, frame.schema[ROW]).alias(ROW)).select(frame.columns), frame]
    )
    compared = _compare(dataset, pool)
    agreeing = compared.filter(pl.col("_agrees"))
    merged = _merge(dataset, agreeing)
    new = merged.filter(pl.col(_REFERENCE) >= 0).select(stored.columns)
    before, after = _changed(dataset, stored, merged.filter(pl.col(_REFERENCE) < 0))
    conflicts = [
        _conflict(dataset, row) for row in compared.filter(~pl.col("_agrees")).iter_rows(named=True)
    ]
    duplicates = len(agreeing) - len(merged)
    return DedupResult(
        new, before, after, duplicates, sorted(conflicts, key=lambda refused: refused.row)
    )


def payload_text(values: dict[str, Any]) -> str:
    """A refused row as one line of JSON, cut to what quarantine keeps."""
    return json.dumps(values, default=str, ensure_ascii=False)[:_MAX_PAYLOAD_CHARACTERS]


def quarantine_rows(
    dataset: Dataset,
    refused: Sequence[RejectedRow],
    source: str | Sequence[str],
    positions: Sequence[int] | None,
) -> list[dict[str, Any]]:
    """Quarantine's columns for refused rows, all but when; without `positions`, rows count from 1.

    `source` is one name, or has the name of each row.
    """
    return [
        {
            "dataset": dataset.name,
            "source": source if isinstance(source, str) else source[item.row],
            "position": positions[item.row] if positions is not None else item.row + 1,
            "reason": item.reason,
            "payload": payload_text(item.values),
            "ts_event": item.values.get("ts_event"),
        }
        for item in refused
    ]


def _typed(dataset: Dataset, rows: pa.Table, name: str) -> pa.ChunkedArray:
    kind = dataset.column(name).type
    if name not in rows.column_names:
        return pa.chunked_array([pa.nulls(rows.num_rows, kind)])
    column = rows.column(name)
    if column.type == kind:
        return column
    try:
        return column.cast(kind)
    except (pa.ArrowInvalid, pa.ArrowNotImplementedError) as error:
        raise InvalidInput(
            f"{dataset.name}.{name}: {column.type} values do not fit {kind}: {error}"
        ) from error


def _rules(dataset: Dataset) -> list[tuple[pl.Expr, str]]:
    rules: list[tuple[pl.Expr, str]] = []
    for column in dataset.columns:
        if not column.nullable:
            rules.append((pl.col(column.name).is_not_null(), f"{column.name} is missing"))
        if column.allowed:
            expression = pl.col(column.name).is_in(column.allowed)
            rules.append((expression, f"{column.name} is not one of {', '.join(column.allowed)}"))
    rules.extend((pl.sql_expr(rule.expression), rule.reason) for rule in dataset.constraints)
    return rules


def _payload(dataset: Dataset) -> list[str]:
    """Columns that must be equal, but for the key (equal anyway) and a time that may come coarser
    or finer.
    """
    skip = {*dataset.key, dataset.time_column if has_finer_times(dataset) else ""}
    return [c.name for c in dataset.columns if c.merge is Merge.PAYLOAD and c.name not in skip]


def has_finer_times(dataset: Dataset) -> bool:
    """True if the same row may come with its time in milliseconds or in microseconds, as raw rows
    do.
    """
    payload = dataset.column(dataset.time_column).merge is Merge.PAYLOAD
    return dataset.tier is Tier.RAW and payload and dataset.time_column not in dataset.key


def _compare(dataset: Dataset, pool: pl.DataFrame) -> pl.DataFrame:
    """Each row beside the first of its key (`_0` columns), with whether it agrees with it."""
    key = list(dataset.key)
    first = pool.unique(subset=key, keep="first", maintain_order=True).rename({ROW: _REFERENCE})
    first = first.rename({c: f"{c}_0" for c in first.columns if c not in (*key, _REFERENCE)})
    both = pool.join(first, on=key, how="left", maintain_order="left")
    agrees = pl.lit(True)
    for name in _payload(dataset):
        agrees = agrees & pl.col(name).eq_missing(pl.col(f"{name}_0"))
    both = both.with_columns(agrees.alias("_agrees"))
    return _compare_times(dataset, both) if has_finer_times(dataset) else both


def _compare_times(dataset: Dataset, both: pl.DataFrame) -> pl.DataFrame:
    """Refine the first row's time by the first finer one within its millisecond, then hold all
    times against it.
    """
    time, first = pl.col(dataset.time_column), pl.col(f"{dataset.time_column}_0")
    coarse, first_coarse = time.dt.truncate("1ms"), first.dt.truncate("1ms")
    same, whole = coarse == first_coarse, first == first_coarse
    finer = pl.col("_agrees") & same & (time != coarse) & whole
    if both.select(finer.any()).item():
        refined = pl.when(finer).then(time).drop_nulls().first().over(list(dataset.key))
        both = both.with_columns(pl.coalesce(refined, first).alias(f"{dataset.time_column}_0"))
    equal = (time == first) | ((time == coarse) & (time == first.dt.truncate("1ms")))
    return both.with_columns(pl.col("_agrees") & equal)


def _merge(dataset: Dataset, agreeing: pl.DataFrame) -> pl.DataFrame:
    """One row per key, completed, in the order in which the keys first came."""
    key = list(dataset.key)
    parts: list[pl.Expr] = [pl.col(_REFERENCE).first()]
    for column in dataset.columns:
        value = pl.col(column.name)
        if column.name in key:
            continue
        if column.merge is Merge.EARLIEST:
            parts.append(value.min())
        elif column.merge is Merge.FILL:
            parts.append(value.drop_nulls().first())
        elif column.name == dataset.time_column:
            parts.append(pl.col(f"{column.name}_0").first().alias(column.name))
        else:
            parts.append(value.first())
    once = agreeing.filter(pl.len().over(key) == 1)
    many = agreeing.filter(pl.len().over(key) > 1)
    names = [_REFERENCE, *(c.name for c in dataset.columns)]
    grouped = many.group_by(key, maintain_order=True).agg(parts)
    return pl.concat([once.select(names), grouped.select(names)]).sort(
        _REFERENCE, maintain_order=True
    )


def _changed(
    dataset: Dataset, stored: pl.DataFrame, merged: pl.DataFrame
) -> tuple[pl.DataFrame, pl.DataFrame]:
    """The stored rows that merging changed, before and after."""
    key = list(dataset.key)
    others = [name for name in stored.columns if name not in key]
    both = stored.join(
        merged.select(stored.columns), on=key, how="inner", suffix="_1", maintain_order="left"
    )
    different = pl.any_horizontal([pl.col(name).ne_missing(pl.col(f"{name}_1")) for name in others])
    both = both.filter(different)
    after = both.select(
        [pl.col(name if name in key else f"{name}_1").alias(name) for name in stored.columns]
    )
    return both.select(stored.columns), after


def _conflict(dataset: Dataset, row: dict[str, Any]) -> RejectedRow:
    names = [*_payload(dataset), *([dataset.time_column] if has_finer_times(dataset) else [])]
    name = next((n for n in names if row[n] != row[f"{n}_0"]), names[0])
    reason = (
        f"conflict: {name} differs (stored {_shown(row[f'{name}_0'])}, got {_shown(row[name])})"
    )
    return RejectedRow(
        row[ROW], reason, {column.name: row[column.name] for column in dataset.columns}
    )


def _shown(value: Any) -> str:
    return "null" if value is None else str(value)[:80]
