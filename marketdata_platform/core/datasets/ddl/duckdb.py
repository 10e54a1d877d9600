"""DuckDB's tables, rendered from the datasets.

Belongs here: text of statements. Does not: running them. There is no PRIMARY KEY and no index: they
double a file and slow an append fourfold, and append itself keeps keys unique; constraints are
checked there too, where a bad row can go to quarantine instead of failing its batch. They stand in
the comments.
"""

from __future__ import annotations

import pyarrow as pa

from marketdata_platform.core.datasets import Column, Dataset, Tier
from marketdata_platform.core.datasets.model import DATE, INT, TEXT, TIMESTAMP
from marketdata_platform.core.datasets.ordering import has_sequence

COVERAGE = Dataset(
    name="coverage",
    tier=Tier.META,
    doc=(
        "What the file holds, a row a dataset and UTC day, committed with every change of the rows."
    ),
    columns=(
        Column("dataset", TEXT, "Dataset."),
        Column("day", DATE, "UTC day."),
        Column("rows", INT, "Number of rows."),
        Column("first_time", TIMESTAMP, "Smallest time."),
        Column("last_time", TIMESTAMP, "Largest time."),
        Column(
            "first_sequence", INT, "Smallest sequence, where the dataset has one.", nullable=True
        ),
        Column("last_sequence", INT, "Largest sequence.", nullable=True),
        Column(
            "digest",
            TEXT,
            "Order-independent hash of the rows, receive times left out; 32 hexadecimal digits.",
        ),
        Column("irregular", INT, "Rows whose sequence is not their id as a number."),
    ),
    key=("dataset", "day"),
    time_column="day",
    order=("dataset", "day"),
)

_TYPES: dict[pa.DataType, str] = {
    pa.timestamp("us", "UTC"): "TIMESTAMPTZ",
    pa.string(): "VARCHAR",
    pa.int64(): "BIGINT",
    pa.float64(): "DOUBLE",
    pa.bool_(): "BOOLEAN",
    pa.binary(): "BLOB",
    pa.date32(): "DATE",
}


def duckdb_type(kind: pa.DataType) -> str:
    """The DuckDB type that holds `kind` exactly; KeyError for one that no dataset uses."""
    if pa.types.is_decimal128(kind):
        return f"DECIMAL({kind.precision}, {kind.scale})"
    return _TYPES[kind]


def identifier(name: str) -> str:
    """`name` as a SQL identifier: the one quoting function for names."""
    return '"' + name.replace('"', '""') + '"'


def literal(text: str) -> str:
    """`text` as a SQL string, for statements that take no parameters."""
    return "'" + text.replace("'", "''") + "'"


def table_name(dataset: Dataset, catalog: str = "") -> str:
    """`schema.table` of the dataset, in `catalog` when one is given, quoted."""
    parts = (
        [catalog, dataset.schema_name, dataset.name]
        if catalog
        else [dataset.schema_name, dataset.name]
    )
    return ".".join(identifier(part) for part in parts)


def create_table(dataset: Dataset, catalog: str = "") -> str:
    """The statements that make the dataset's table where it is missing, with its comments."""
    name = table_name(dataset, catalog)
    schema = ".".join(
        identifier(part) for part in ([catalog] if catalog else []) + [dataset.schema_name]
    )
    columns = ",\n".join(
        f"    {line}" for column in dataset.columns for line in _column_lines(dataset, column)
    )
    lines = [
        f"CREATE SCHEMA IF NOT EXISTS {schema};",
        f"CREATE TABLE IF NOT EXISTS {name} (\n{columns}\n);",
    ]
    lines.append(f"COMMENT ON TABLE {name} IS {literal(_table_comment(dataset))};")
    text = id_text(dataset)
    if text is not None:
        doc = f"{dataset.key[0]}, where it is not the sequence as text; else null."
        lines.append(f"COMMENT ON COLUMN {name}.{identifier(text)} IS {literal(doc)};")
    for column in dataset.columns:
        lines.append(
            f"COMMENT ON COLUMN {name}.{identifier(column.name)} IS {literal(column.doc)};"
        )
    return "\n".join(lines) + "\n"


def create_table_file(dataset: Dataset) -> str:
    """The file `sql/duckdb/create_table_*.sql` of the dataset."""
    rules = [f"--   {rule.name}: {rule.expression}" for rule in dataset.constraints]
    head = [
        "-- Rendered from marketdata_platform/core/datasets by `marketdata schema --write`: do "
        "not edit.",
        f"-- Unique key, kept by append: {', '.join(dataset.key)}. Order: "
        f"{', '.join(dataset.order)}.",
        *(
            ["-- Constraints, kept by append (a row that breaks one goes to meta.quarantine):"]
            if rules
            else []
        ),
        *rules,
    ]
    return "\n".join(head) + "\n" + create_table(dataset)


def id_text(dataset: Dataset) -> str | None:
    """The column that holds an id where its sequence does not give it; None where every column is
    stored plainly.

    An id that is its sequence written as text costs 5 of 15 bytes per trade, and most of the time of
    an append. So it is a generated column: reads as any other, and is nowhere on the disk.
    """
    return f"{dataset.key[0]}_text" if has_sequence(dataset) else None


def _column_lines(dataset: Dataset, column: Column) -> list[str]:
    name, kind = identifier(column.name), duckdb_type(column.type)
    text = id_text(dataset)
    if text is None or column.name != dataset.key[0]:
        return [f"{name} {kind}{'' if column.nullable else ' NOT NULL'}"]
    expression = f'coalesce({identifier(text)}, CAST("sequence" AS VARCHAR))'
    return [
        f"{identifier(text)} {kind}",
        f"{name} {kind} GENERATED ALWAYS AS ({expression}) VIRTUAL",
    ]


def _table_comment(dataset: Dataset) -> str:
    return f"{dataset.doc} Unique: {', '.join(dataset.key)}."
