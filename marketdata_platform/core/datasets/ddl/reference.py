"""The dataset reference, rendered from the datasets as one Markdown page.

Belongs here: text. Does not: anything that is not already in a `Dataset`.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta

from marketdata_platform.core.datasets.ddl.duckdb import duckdb_type
from marketdata_platform.core.datasets.model import Column, Dataset, Merge
from marketdata_platform.core.datasets.parquet_layout import archive_folder, encoding, physical_type

_MERGE = {Merge.EARLIEST: "The earliest stays.", Merge.FILL: "A null is filled by a later source."}
_HEAD = """<!-- Rendered from marketdata_platform/core/datasets by `marketdata schema --write`: do not edit. -->
# Datasets

Every record type of the platform. Times are UTC in microseconds, windows half-open, prices and quantities exact.
Each table lies in the DuckDB file of its instrument, `data/{venue}/{market}/{symbol}/trading.duckdb`; in
`marketdata query` it is a view over all instruments with `venue`, `market` and `symbol` in front. Rows that break a
constraint, or that have the key of a stored row and another payload, go to `meta.quarantine`.
"""


def reference_page(datasets: Iterable[Dataset]) -> str:
    """The page `docs/datasets.md`."""
    listed = list(datasets)
    contents = [
        f"- [`{d.schema_name}.{d.name}`](#{d.schema_name}{d.name}): {d.doc}" for d in listed
    ]
    return "\n".join([_HEAD, *contents, "", *(_section(dataset) for dataset in listed)])


def _section(dataset: Dataset) -> str:
    lines = [f"## {dataset.schema_name}.{dataset.name}", "", dataset.doc, "", *_facts(dataset), ""]
    lines += ["| column | DuckDB | Parquet | encoding | meaning |", "|---|---|---|---|---|"]
    lines += [_row(column) for column in dataset.columns]
    if dataset.constraints:
        lines += ["", "| constraint | rule | reason in quarantine |", "|---|---|---|"]
        lines += [
            f"| {rule.name} | `{_cell(rule.expression)}` | {_cell(rule.reason)} |"
            for rule in dataset.constraints
        ]
    return "\n".join([*lines, ""])


def _facts(dataset: Dataset) -> list[str]:
    folder = archive_folder(dataset)
    kept = "for ever" if dataset.retain is None else _span(dataset.retain)
    compressed = (
        "never" if dataset.compress_after is None else f"after {_span(dataset.compress_after)}"
    )
    return [
        f"- Unique key, within one instrument: {_names(dataset.key)}",
        f"- Time and UTC day: {_names([dataset.time_column])}; read in the order of "
        f"{_names(dataset.order)}",
        f"- Kept: {kept}; time-series chunks of {_span(dataset.chunk)}, compressed {compressed}",
        f"- Archive: {f'`{folder}`' if folder else 'stays in the store'}",
    ]


def _row(column: Column) -> str:
    kind = duckdb_type(column.type) + ("" if column.nullable else " NOT NULL")
    meaning = [column.doc]
    if column.allowed:
        meaning.append(f"One of {', '.join(f'`{value}`' for value in column.allowed)}.")
    if column.merge in _MERGE:
        meaning.append(_MERGE[column.merge])
    cells = [
        f"`{column.name}`",
        kind,
        physical_type(column),
        encoding(column) or "default",
        " ".join(meaning),
    ]
    return f"| {' | '.join(_cell(cell) for cell in cells)} |"


def _names(names: Iterable[str]) -> str:
    return ", ".join(f"`{name}`" for name in names)


def _cell(text: str) -> str:
    return text.replace("|", "\\|")


def _span(span: timedelta) -> str:
    return f"{span.days} d" if span >= timedelta(days=1) else f"{span.seconds // 3600} h"
