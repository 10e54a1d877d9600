"""Every file that is rendered from the datasets, by its path in the project.

Belongs here: the list of files. Does not: comparing or writing them (`marketdata schema
--check|--write`).
"""

from __future__ import annotations

from marketdata_platform.core.datasets import DATASETS
from marketdata_platform.core.datasets.ddl import (
    postgres as ddl_postgres,
)
from marketdata_platform.core.datasets.ddl import (
    timescale as ddl_timescale,
)
from marketdata_platform.core.datasets.ddl.duckdb import COVERAGE, create_table_file
from marketdata_platform.core.datasets.ddl.first_migration import first_migration
from marketdata_platform.core.datasets.ddl.reference import reference_page


def render_all() -> dict[str, str]:
    """Path relative to the project → text: DDL of each engine, and the reference page with the
    Parquet layout.
    """
    datasets = [*DATASETS.values(), COVERAGE]
    files = {"docs/datasets.md": reference_page(datasets)}
    for dataset in datasets:
        name = f"create_table_{dataset.schema_name}_{dataset.name}.sql"
        files[f"sql/duckdb/{name}"] = create_table_file(dataset)
        files[f"sql/postgres/{name}"] = ddl_postgres.create_table_file(dataset)
        files[f"sql/timescale/{name}"] = ddl_postgres.create_table_file(dataset, timescale=True)
    for engine in ("postgres", "timescale"):
        for name, text in ddl_postgres.bookkeeping_files().items():
            files[f"sql/{engine}/create_table_meta_{name}.sql"] = text
    files["sql/timescale/policies_compression.sql"] = ddl_timescale.compression_file()
    files["sql/timescale/rollups.sql"] = ddl_timescale.rollups_file()
    for engine in ("postgres", "timescale"):
        files |= first_migration(engine, files)
    return files
