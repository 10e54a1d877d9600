"""What is rendered from the datasets is on disk, equal, runs in DuckDB, and is found wherever the
package lies.
"""

from __future__ import annotations

import subprocess
import sys
import zipfile
from pathlib import Path

import duckdb
import pytest

from marketdata_platform.archive.parquet import encodings
from marketdata_platform.core.datasets import DATASETS
from marketdata_platform.core.datasets.ddl.duckdb import (
    create_table,
    duckdb_type,
    identifier,
    literal,
)
from marketdata_platform.core.datasets.ddl.render import render_all
from marketdata_platform.core.datasets.parquet_layout import encoding
from marketdata_platform.core.errors import ConfigurationError
from marketdata_platform.defs.dagster_home import dagster_settings
from marketdata_platform.stores.sql_files import create_table_statements, named_queries, sql_folder

PROJECT = Path(__file__).resolve().parents[3]


def test_rendered_files_are_those_on_disk():
    rendered = render_all()
    stale = [
        name
        for name, text in rendered.items()
        if (PROJECT / name).read_text(encoding="utf-8") != text
    ]
    assert stale == [], "run `marketdata schema --write`"
    on_disk = {
        str(path.relative_to(PROJECT)) for path in (PROJECT / "sql").glob("*/create_table_*.sql")
    }
    assert on_disk == {name for name in rendered if "/create_table_" in name}


def test_every_rendered_statement_runs_twice_and_keeps_names_types_and_nulls():
    connection = duckdb.connect()
    for _ in range(2):
        for text in create_table_statements("duckdb").values():
            connection.execute(text)
    for dataset in DATASETS.values():
        rows = connection.execute(
            f"DESCRIBE {dataset.schema_name}.{identifier(dataset.name)}"
        ).fetchall()
        held = {row[0]: row[1].replace(" ", "") for row in rows}
        for column in dataset.columns:
            expected = (
                duckdb_type(column.type)
                .replace("TIMESTAMPTZ", "TIMESTAMP WITH TIME ZONE")
                .replace(" ", "")
            )
            assert held[column.name] == expected


def test_every_column_is_commented():
    connection = duckdb.connect()
    connection.execute(create_table(DATASETS["trades"]))
    comments = dict(
        connection.execute("SELECT column_name, comment FROM duckdb_columns()").fetchall()
    )
    assert comments["price"] == "Price in quote currency."
    assert comments["trade_id_text"]


def test_every_dataset_has_its_section():
    page = render_all()["docs/datasets.md"]
    for dataset in DATASETS.values():
        assert f"\n## {dataset.schema_name}.{dataset.name}\n" in page
        assert all(f"| `{column.name}` |" in page for column in dataset.columns)


def test_the_archive_encodes_as_the_page_says():
    for dataset in DATASETS.values():
        assert encodings(dataset) == {column.name: encoding(column) for column in dataset.columns}


def test_names_and_texts_are_quoted():
    assert identifier('a"b') == '"a""b"'
    assert literal("it's") == "'it''s'"


def test_sql_is_found_in_a_checkout_and_missing_sql_is_said(tmp_path):
    assert sql_folder() == PROJECT / "sql"
    with pytest.raises(ConfigurationError, match="install the package again"):
        sql_folder(tmp_path / "marketdata_platform")


@pytest.mark.slow
def test_what_lies_beside_the_package_is_found_in_a_wheel(tmp_path):
    build = [
        sys.executable,
        "-m",
        "pip",
        "wheel",
        "--no-deps",
        "--quiet",
        "-w",
        str(tmp_path),
        str(PROJECT),
    ]
    subprocess.run(build, check=True)
    (wheel,) = tmp_path.glob("*.whl")
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(tmp_path / "site")
    package = tmp_path / "site" / "marketdata_platform"
    assert dagster_settings(package) == (PROJECT / "dagster.yaml").read_text("utf-8")
    assert sql_folder(package) == package / "sql"
    assert create_table_statements("duckdb", package) == create_table_statements("duckdb")
    for engine in ("postgres", "timescale"):
        assert named_queries(engine, package) == named_queries(engine) != {}
