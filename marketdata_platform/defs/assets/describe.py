"""What the UI shows of a dataset: description, column schema, and each partition's row count and
sparkline.
"""

from collections.abc import Mapping
from typing import Any

import dagster as dg
import polars as pl

from marketdata_platform.charts.sparkline import sparkline_markdown
from marketdata_platform.core.datasets import Dataset, dataset_named
from marketdata_platform.defs.assets.formulas import FORMULAS

OWNERS = ("team:market-data",)
_LINE_OF = {
    "order_flow": "cvd",
    "bar__vpin": "vpin",
    "footprint": "delta",
    "market_profile": "volume",
    "trades": "price",
}
_SPARK_POINTS = 40


def description(dataset: str) -> str:
    """The dataset's meaning with its formula, as Markdown."""
    formula = FORMULAS.get(dataset)
    return dataset_named(dataset).doc + (f"\n\n    {formula}" if formula else "")


def column_schema(dataset: Dataset) -> dg.TableSchema:
    """The columns as the UI's column tab shows them."""
    columns = [
        dg.TableColumn(
            name=column.name,
            type=str(column.type),
            description=column.doc,
            constraints=dg.TableColumnConstraints(
                nullable=column.nullable, unique=dataset.key == (column.name,)
            ),
        )
        for column in dataset.columns
    ]
    return dg.TableSchema(columns=columns)


def asset_metadata(dataset: str) -> Mapping[str, Any]:
    """Metadata of the asset itself."""
    kind = dataset_named(dataset)
    return {
        "dagster/column_schema": column_schema(kind),
        "dagster/table_name": f"{kind.schema_name}.{kind.name}",
        "unique key": ", ".join(kind.key),
    }


def partition_metadata(dataset: str, rows: pl.DataFrame) -> dict[str, Any]:
    """Metadata of one materialised partition, from its rows."""
    metadata: dict[str, Any] = {"dagster/row_count": rows.height}
    line = _LINE_OF.get(dataset, "close")
    if line in rows.columns and rows.height > 1:
        values = rows[line].cast(pl.Float64).drop_nulls()
        step = max(1, values.len() // _SPARK_POINTS)
        points = values.gather_every(step).to_list()
        if len(points) > 1:
            metadata[line] = dg.MetadataValue.md(sparkline_markdown(points))
    return metadata
