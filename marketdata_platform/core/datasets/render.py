"""Every file that is rendered from the datasets, by its path in the project.

Belongs here: the list of files. Does not: comparing or writing them (`marketdata schema --check|--write`).
"""

from __future__ import annotations

from marketdata_platform.core.datasets import DATASETS
from marketdata_platform.core.datasets.ddl import COVERAGE, create_table_file
from marketdata_platform.core.datasets.reference import reference_page


def render_all() -> dict[str, str]:
    """Path relative to the project → text: DDL for DuckDB, and the reference page with the Parquet layout."""
    datasets = [*DATASETS.values(), COVERAGE]
    files = {f"sql/duckdb/create_table_{d.schema_name}_{d.name}.sql": create_table_file(d) for d in datasets}
    return {**files, "docs/datasets.md": reference_page(datasets)}
