"""A small read is a matter of two journeys to the server, and comes in the dataset's order however
it is stored.
"""

from __future__ import annotations

import random
from dataclasses import replace

import pytest

from marketdata_platform.core.errors import InvalidInput
from marketdata_platform.core.window import Window
from marketdata_platform.stores.postgres_server.store import open_postgres
from marketdata_platform_tests.served import postgres_fixtures
from marketdata_platform_tests.served.databases import OPTIONS
from marketdata_platform_tests.stores.contract import BTC, NOW, content, many


@pytest.fixture
def store():
    databases = postgres_fixtures.postgres()
    with databases.taken() as url:
        options = replace(OPTIONS, max_size=1)  # so that the session is always the same
        store = open_postgres(url, options=options, timescale="off", clock=lambda: NOW)
        yield store
        store.close()


def journeys(store, tmp_path, call) -> int:
    """How often `call` asks the server something that ends in an answer."""
    with store._engine.reading() as session:
        pgconn = session.pgconn
    path = tmp_path / "trace"
    with path.open("wb") as out:
        pgconn.trace(out.fileno())
        try:
            call()
        finally:
            pgconn.untrace()
    sent = [line.split("\t")[1:4:2] for line in path.read_text().splitlines()]
    return sum(one in (["F", "Query"], ["F", "Sync"]) for one in sent)


def test_a_small_read_and_a_query_take_two_journeys_each(store, tmp_path):
    rows = many(0, 100)
    store.append("trades", BTC, rows)
    day = Window.of_day(rows["ts_event"][0].as_py().date())
    asked = "SELECT * FROM trades ORDER BY ts_event DESC LIMIT 10"
    calls = [lambda: content(store, "trades", BTC, day), lambda: store.query(asked, None, [BTC])]
    for call in calls:
        call()
        assert journeys(store, tmp_path, call) == 2


def test_rows_that_lie_in_another_order_come_in_the_datasets(store):
    rows = many(0, 300)
    mixed = rows.take(random.Random(1).sample(range(300), 300))
    for start in range(0, 300, 50):
        store.append("trades", BTC, mixed.slice(start, 50))
    found = content(store, "trades", BTC)
    assert [row["trade_id"] for row in found] == [row["trade_id"] for row in rows.to_pylist()]


def test_a_place_for_a_value_that_was_not_given_is_told(store):
    with pytest.raises(InvalidInput, match="1 parameter"):
        store.query("SELECT $1::text")
    assert store.query("SELECT 1 AS a").to_pylist() == [{"a": 1}]
