"""PostgreSQL's and TimescaleDB's tables, rendered from the datasets.

Belongs here: text of statements, and how tables are cut into partitions. Does not: running them.

All instruments share a table, with venue, market and symbol in front. Texts compare byte by byte
(`COLLATE "C"`): an ORDER BY then agrees with every other store, and is the fastest. A unique index
holds the time, as both ways of cutting a table want it; that an id comes once over all times is
kept by append, which alone can say what a conflict is.
"""

from __future__ import annotations

from datetime import timedelta

import pyarrow as pa

from marketdata_platform.core.datasets import Dataset, Tier
from marketdata_platform.core.datasets.ddl.duckdb import identifier, literal, table_name

INSTRUMENT_COLUMNS = ("venue", "market", "symbol")
_DAILY_UP_TO = timedelta(days=90)
_TYPES: dict[pa.DataType, str] = {
    pa.timestamp("us", "UTC"): "timestamptz",
    pa.string(): 'text COLLATE "C"',
    pa.int64(): "bigint",
    pa.float64(): "double precision",
    pa.bool_(): "boolean",
    pa.binary(): "bytea",
    pa.date32(): "date",
}


def postgres_type(kind: pa.DataType) -> str:
    """The PostgreSQL type that holds `kind` exactly; KeyError for one that no dataset uses."""
    if pa.types.is_decimal128(kind):
        return f"numeric({kind.precision},{kind.scale})"
    return _TYPES[kind]


def partitioned(dataset: Dataset) -> bool:
    """True if the table is cut by time: bookkeeping is small, and is looked up by its keys."""
    return dataset.tier is not Tier.META


def partition_unit(dataset: Dataset) -> str:
    """`day` where the dataset is kept for 90 days at most, else `month`.

    A query that is not bound by time locks every partition: months keep ten years at 120 of them.
    """
    return "day" if dataset.retain is not None and dataset.retain <= _DAILY_UP_TO else "month"


def unique_columns(dataset: Dataset) -> tuple[str, ...]:
    """The columns of the unique index: the instrument, then the key, with the time before it where
    it is not in it.
    """
    if not partitioned(dataset) or dataset.time_column in dataset.key:
        return (*INSTRUMENT_COLUMNS, *dataset.key)
    return (*INSTRUMENT_COLUMNS, dataset.time_column, *dataset.key)


def lookup_columns(dataset: Dataset) -> tuple[str, ...]:
    """The columns of the index by which rows are found whose key is known and whose time is not; ()
    needs none.

    A text id identifies nearly one row of all instruments; a number counts from zero in each of them.
    """
    if not partitioned(dataset) or dataset.time_column in dataset.key:
        return ()
    if dataset.column(dataset.key[0]).type == pa.string():
        return dataset.key[:1]
    return (*INSTRUMENT_COLUMNS, *dataset.key)


def create_table(dataset: Dataset, *, timescale: bool = False) -> str:
    """The statements that make the dataset's table where it is missing, with its indexes, rules and
    comments.
    """
    name = table_name(dataset)
    native = partitioned(dataset) and not timescale
    cut = f" PARTITION BY RANGE ({identifier(dataset.time_column)})" if native else ""
    body = ",\n".join(f"    {line}" for line in [*_columns(dataset), *_rules(dataset)])
    lines = [
        f"CREATE SCHEMA IF NOT EXISTS {identifier(dataset.schema_name)};",
        f"CREATE TABLE IF NOT EXISTS {name} (\n{body}\n){cut};",
        *([_default_partition(dataset)] if native else []),
        *([_hypertable(dataset)] if timescale and partitioned(dataset) else []),
        *_indexes(dataset),
        *_comments(dataset),
    ]
    return "\n".join(lines) + "\n"


def create_table_file(dataset: Dataset, *, timescale: bool = False) -> str:
    """The file `sql/{postgres,timescale}/create_table_*.sql` of the dataset."""
    head = [
        "-- Rendered from marketdata_platform/core/datasets by `marketdata schema --write`: do "
        "not edit.",
        f"-- Unique in an instrument, kept by append: {', '.join(dataset.key)}. Order: "
        f"{', '.join(dataset.order)}.",
    ]
    if partitioned(dataset) and not timescale:
        head.append(
            f"-- One partition a {partition_unit(dataset)} (UTC), made ahead and when rows need it."
        )
    return "\n".join(head) + "\n" + create_table(dataset, timescale=timescale)


def _columns(dataset: Dataset) -> list[str]:
    lines = [f"{identifier(name)} {_TYPES[pa.string()]} NOT NULL" for name in INSTRUMENT_COLUMNS]
    for column in dataset.columns:
        lines.append(
            f"{identifier(column.name)} "
            f"{postgres_type(column.type)}{'' if column.nullable else ' NOT NULL'}"
        )
    return lines


def _rules(dataset: Dataset) -> list[str]:
    rules = [(rule.name, rule.expression) for rule in dataset.constraints]
    for column in dataset.columns:
        if column.allowed and not any(name == f"{column.name}_known" for name, _ in rules):
            values = ", ".join(literal(value) for value in column.allowed)
            rules.append((f"{column.name}_known", f"{identifier(column.name)} IN ({values})"))
    return [f"CONSTRAINT {identifier(name)} CHECK ({expression})" for name, expression in rules]


def _default_partition(dataset: Dataset) -> str:
    whole = f"{identifier(dataset.schema_name)}.{identifier(dataset.name + '_default')}"
    return f"CREATE TABLE IF NOT EXISTS {whole} PARTITION OF {table_name(dataset)} DEFAULT;"


def _hypertable(dataset: Dataset) -> str:
    name = literal(f"{dataset.schema_name}.{identifier(dataset.name)}")
    cut = f"by_range({literal(dataset.time_column)}, INTERVAL '{interval(dataset.chunk)}')"
    return (
        f"SELECT create_hypertable({name}, {cut}, create_default_indexes => false, if_not_exists "
        "=> true);"
    )


def _indexes(dataset: Dataset) -> list[str]:
    name = table_name(dataset)
    unique = ", ".join(identifier(column) for column in unique_columns(dataset))
    lines = [
        f"CREATE UNIQUE INDEX IF NOT EXISTS {identifier(dataset.name + '_key')} ON {name} "
        f"({unique});"
    ]
    if lookup_columns(dataset):
        columns = ", ".join(identifier(column) for column in lookup_columns(dataset))
        lines.append(
            f"CREATE INDEX IF NOT EXISTS {identifier(dataset.name + '_id')} ON {name} ({columns});"
        )
    return lines


def _comments(dataset: Dataset) -> list[str]:
    name = table_name(dataset)
    lines = [
        f"COMMENT ON TABLE {name} IS "
        f"{literal(f'{dataset.doc} Unique: {chr(44).join(dataset.key)}.')};"
    ]
    docs = [(column.name, column.doc) for column in dataset.columns]
    docs += [(column, f"{column.capitalize()} of the instrument.") for column in INSTRUMENT_COLUMNS]
    return lines + [
        f"COMMENT ON COLUMN {name}.{identifier(c)} IS {literal(doc)};" for c, doc in docs
    ]


def interval(span: timedelta) -> str:
    """A span as an SQL interval's text."""
    return f"{span.days} days" if span.days else f"{span.seconds // 3600} hours"


def bookkeeping_files() -> dict[str, str]:
    """Table → file, of what the store notes beside the datasets: no dataset, and no query needs
    it.
    """
    text = _TYPES[pa.string()]
    who = [f"{identifier(name)} {text} NOT NULL" for name in INSTRUMENT_COLUMNS]
    days = [f'"dataset" {text} NOT NULL', '"day" date NOT NULL']
    ends = [f'"first_key" {text} NOT NULL', f'"last_key" {text} NOT NULL']
    return {
        "known_instruments": _bookkeeping(
            "known_instruments",
            who,
            INSTRUMENT_COLUMNS,
            "Instruments that the store holds, rows or bookkeeping.",
        ),
        "key_ranges": _bookkeeping(
            "key_ranges",
            [*who, *days, *ends],
            (*INSTRUMENT_COLUMNS, "dataset", "day"),
            "Bounds of the ids that a day holds: days that cannot hold an id are not searched for "
            "it.",
        ),
    }


def _bookkeeping(name: str, columns: list[str], key: tuple[str, ...], comment: str) -> str:
    lines = ",\n".join(f"    {column}" for column in columns)
    return (
        "-- Rendered from marketdata_platform/core/datasets by `marketdata schema --write`: do not "
        "edit.\n"
        'CREATE SCHEMA IF NOT EXISTS "meta";\n'
        f'CREATE TABLE IF NOT EXISTS "meta".{identifier(name)} (\n{lines},\n'
        f"    PRIMARY KEY ({', '.join(identifier(column) for column in key)})\n);\n"
        f'COMMENT ON TABLE "meta".{identifier(name)} IS {literal(comment)};\n'
    )
