"""What the UI shows of a dataset: description, column schema, and each partition's row count and
sparkline.
"""

from collections.abc import Mapping
from typing import Any

import dagster as dg
import polars as pl

from marketdata_platform.charts.sparkline import sparkline_markdown
from marketdata_platform.core.datasets import Dataset, Derived

OWNERS = ("team:market-data",)
_SPARK_POINTS = 40


def description(dataset: Dataset) -> str:
    """The dataset's meaning, with the formula of a derived one, as Markdown."""
    return (
        f"{dataset.doc}\n\n    {dataset.formula}" if isinstance(dataset, Derived) else dataset.doc
    )


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


def asset_metadata(dataset: Dataset) -> Mapping[str, Any]:
    """Metadata of the asset itself."""
    return {
        "dagster/column_schema": column_schema(dataset),
        "dagster/table_name": f"{dataset.schema_name}.{dataset.name}",
        "unique key": ", ".join(dataset.key),
    }


def derived_metadata(dataset: Derived, rows: pl.DataFrame) -> dict[str, Any]:
    """Metadata of one materialised day of a derived dataset, from its rows."""
    picture = dataset.picture
    shown = rows
    if picture.interval is not None:
        shown = rows.filter(pl.col("interval") == picture.interval)
    line = {} if picture.line is None else line_metadata(picture.line, shown[picture.line])
    return {"dagster/row_count": rows.height, **line}


def line_metadata(name: str, values: pl.Series) -> dict[str, dg.MetadataValue[Any]]:
    """`values` as a small line called `name`; nothing where there are fewer than two."""
    known = values.cast(pl.Float64).drop_nulls()
    step = max(1, known.len() // _SPARK_POINTS)
    points = known.gather_every(step).to_list()
    if len(points) < 2:
        return {}
    return {name: dg.MetadataValue.md(sparkline_markdown(points))}
