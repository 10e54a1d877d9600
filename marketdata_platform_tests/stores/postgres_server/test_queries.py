"""Named queries: each is used, each that is used is there, and a server understands each."""

from __future__ import annotations

import re
from pathlib import Path

import psycopg
import pytest
from psycopg.pq import ExecStatus

from marketdata_platform.core.errors import ConfigurationError
from marketdata_platform.stores.postgres_server.querying import queries as postgres_named
from marketdata_platform.stores.sql_files import named_queries, sql_folder
from marketdata_platform_tests.served import postgres_fixtures

ENGINES = ["postgres", "timescale"]
CODE = Path(postgres_named.__file__).parents[1]
NEEDS = {"index_density": "pgstattuple"}


def test_every_named_query_is_used_and_every_one_that_is_used_is_there():
    postgres, timescale = (set(named_queries(engine)) for engine in ENGINES)
    assert not postgres & timescale
    code = "".join(path.read_text(encoding="utf-8") for path in CODE.rglob("*.py"))
    assert not {name for name in postgres | timescale if f'"{name}"' not in code}
    asked = set(re.findall(r"\b(?:ask|query_named)\(\s*(?:[\w.]+,\s*)?\"(\w+)\"", code))
    assert len(asked) > 30
    assert asked <= postgres | timescale


@pytest.mark.parametrize("engine", ENGINES)
def test_every_named_query_says_what_it_is_for(engine):
    text = (sql_folder() / engine / "queries.sql").read_text(encoding="utf-8")
    blocks = re.findall(r"^-- (\w+) --\n(.*?);\n", text, re.MULTILINE | re.DOTALL)
    assert [name for name, _ in blocks] == list(named_queries(engine))
    for name, block in blocks:
        assert re.match(r"-- [A-Z].*\.\n(?!--)", block), f"{name}: one comment of one line"


@pytest.mark.parametrize("engine", ENGINES)
def test_a_server_understands_every_named_query(engine):
    databases = getattr(postgres_fixtures, engine)()
    texts = {
        **named_queries("postgres"),
        **(named_queries("timescale") if engine == "timescale" else {}),
    }
    with databases.taken() as url, psycopg.connect(url, autocommit=True) as session:
        offered = {
            name
            for (name,) in session.execute("SELECT name FROM pg_available_extensions").fetchall()
        }
        for name, text in texts.items():
            if (needed := NEEDS.get(name)) is not None:
                if needed not in offered:
                    continue
                session.execute(f"CREATE EXTENSION IF NOT EXISTS {needed}")
            places = list(dict.fromkeys(re.findall(r"%\((\w+)\)s", text)))
            numbered = text.replace("%%", "%")
            for number, place in enumerate(places, 1):
                numbered = numbered.replace(f"%({place})s", f"${number}")
            result = session.pgconn.prepare(b"", numbered.encode())
            assert result.status == ExecStatus.COMMAND_OK, (
                f"{name}: {result.error_message.decode()}"
            )


def test_two_queries_of_one_name_are_refused(tmp_path):
    (tmp_path / "sql" / "duckdb").mkdir(parents=True)
    (tmp_path / "sql" / "postgres").mkdir()
    (tmp_path / "sql" / "postgres" / "queries.sql").write_text(
        "-- a --\nSELECT 1;\n-- a --\nSELECT 2;\n"
    )
    with pytest.raises(ConfigurationError, match="twice"):
        named_queries("postgres", tmp_path)
