"""What goes through binary COPY arrives to the last bit, in both directions, as the server itself
reads it.
"""

from __future__ import annotations

import random
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import psycopg
import pyarrow as pa
import pytest

from marketdata_platform.core.datasets.ddl.postgres import postgres_type
from marketdata_platform.core.datasets.model import (
    NOTIONAL,
    PRICE,
    QUANTITY,
    TIMESTAMP,
    VOLUME,
    VWAP,
)
from marketdata_platform.core.errors import InvalidInput
from marketdata_platform.stores.postgres_server.copying.copy import decoded, encoded
from marketdata_platform.stores.postgres_server.copying.stream import copy_out
from marketdata_platform_tests.served import postgres_fixtures

ROWS = 9_000  # more than one block
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def decimals(kind: pa.Decimal128Type) -> Callable[[random.Random], Decimal]:
    most = 10**kind.precision - 1
    extremes = [0, 1, -1, most, -most, 10**kind.scale, 9_999 * 10**kind.scale, 10_000]

    def make(chance: random.Random) -> Decimal:
        digits = chance.choice(
            [*extremes, chance.randint(-most, most), chance.randint(-(10**9), 10**9)]
        )
        return Decimal(f"{digits}E-{kind.scale}")  # scaleb would round to 28 digits

    return make


KINDS: dict[str, tuple[pa.DataType, Callable[[random.Random], Any]]] = {
    **{
        f"d{kind.precision}_{kind.scale}": (kind, decimals(kind))
        for kind in (PRICE, QUANTITY, VOLUME, NOTIONAL, VWAP)
    },
    "flag": (pa.bool_(), lambda chance: chance.random() < 0.5),
    "number": (
        pa.int64(),
        lambda chance: chance.choice([0, -1, 2**63 - 1, -(2**63), chance.getrandbits(40)]),
    ),
    "real": (
        pa.float64(),
        lambda chance: chance.choice([0.0, -0.0, 5e-324, 1.7e308, float("inf"), chance.random()]),
    ),
    "text": (
        pa.string(),
        lambda chance: chance.choice(["", "é€😀", "\\N", "a\tb\n", "x" * chance.randint(0, 300)]),
    ),
    "raw": (pa.binary(), lambda chance: chance.randbytes(chance.randint(0, 20))),
    "moment": (
        TIMESTAMP,
        lambda chance: EPOCH + timedelta(microseconds=chance.randint(-(2**50), 2**52)),
    ),
    "day": (
        pa.date32(),
        lambda chance: date(1900, 1, 1) + timedelta(days=chance.randint(0, 100_000)),
    ),
}


@pytest.fixture(scope="module")
def session():
    with (
        postgres_fixtures.postgres().taken() as url,
        psycopg.connect(url, autocommit=True) as session,
    ):
        session.execute("SET timezone = 'UTC'")
        yield session


def made(seed: int, rows: int, nulls: float) -> pa.Table:
    chance = random.Random(seed)
    columns = {
        name: pa.array(
            [None if chance.random() < nulls else make(chance) for _ in range(rows)], kind
        )
        for name, (kind, make) in KINDS.items()
    }
    return pa.table(columns)


def put(session: psycopg.Connection[Any], rows: pa.Table) -> None:
    listed = ", ".join(f"{name} {postgres_type(kind)}" for name, (kind, _) in KINDS.items())
    session.execute("DROP TABLE IF EXISTS pg_temp.copied")
    session.execute(f"CREATE TEMP TABLE copied (place bigserial, venue text, {listed})")
    with (
        session.cursor() as cursor,
        cursor.copy(f"COPY copied (venue, {', '.join(KINDS)}) FROM STDIN (FORMAT BINARY)") as copy,
    ):
        for block in encoded(rows, ["binance"]):
            copy.write(block)


@pytest.mark.parametrize(
    ("rows", "nulls"), [(0, 0.0), (1, 0.0), (ROWS, 0.0), (ROWS, 0.3), (50, 1.0)]
)
def test_every_type_comes_back_as_it_went(session, rows, nulls):
    table = made(rows, rows, nulls)
    put(session, table)
    query = f"SELECT {', '.join(KINDS)} FROM copied ORDER BY place"
    assert decoded(
        copy_out(session, f"COPY ({query}) TO STDOUT (FORMAT BINARY)"), table.schema
    ).equals(table)


def test_the_server_reads_what_was_meant(session):
    table = made(1, 2_000, 0.2)
    put(session, table)
    rows = session.execute(
        f"SELECT {', '.join(KINDS)} FROM copied WHERE venue = 'binance' ORDER BY place"
    ).fetchall()
    assert [dict(zip(KINDS, row, strict=True)) for row in rows] == table.to_pylist()


def test_a_number_that_its_type_does_not_hold_is_told(session):
    for number in ("0.123456789", "NaN"):
        data = copy_out(session, f"COPY (SELECT '{number}'::numeric) TO STDOUT (FORMAT BINARY)")
        with pytest.raises(InvalidInput, match="exactly"):
            decoded(data, pa.schema([("price", PRICE)]))
