"""Digests of rows: the same whatever the order and the chunking, another for other rows, and stable
for years.
"""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from marketdata_platform.core.digest import add, as_text, digest_of, row_hashes, take

SCHEMA = pa.schema(
    [
        ("n", pa.int64()),
        ("t", pa.string()),
        ("d", pa.decimal128(38, 8)),
        ("f", pa.float64()),
        ("b", pa.bool_()),
        ("y", pa.binary()),
        ("day", pa.date32()),
        ("at", pa.timestamp("us", "UTC")),
    ]
)
ROW = {
    "n": 1,
    "t": "trade",
    "d": Decimal("-1.5"),
    "f": 0.25,
    "b": True,
    "y": b"\x00\x01",
    "day": date(2024, 1, 1),
    "at": datetime(2024, 1, 1, tzinfo=UTC),
}


def digest(rows: list[dict[str, object]], columns: list[str] | None = None) -> int:
    table = pa.Table.from_pylist(rows, schema=SCHEMA)
    return digest_of(*row_hashes(table, columns or SCHEMA.names))


rows_of_numbers = st.lists(
    st.builds(
        lambda n, t: {**ROW, "n": n, "t": t},
        st.none() | st.integers(-(2**63), 2**63 - 1),
        st.text(max_size=20),
    ),
    max_size=20,
)


def test_the_digest_of_known_rows_never_changes():
    assert (
        as_text(digest([ROW, {**ROW, "n": 2, "t": "an id that is longer than a word"}])) == PINNED
    )


@given(rows_of_numbers, st.randoms())
def test_order_does_not_matter(rows, random):
    shuffled = random.sample(rows, len(rows))
    assert digest(rows) == digest(shuffled)


@given(rows_of_numbers, rows_of_numbers)
def test_digests_add_and_take_away(one, other):
    assert add(digest(one), digest(other)) == digest(one + other)
    assert take(digest(one + other), digest(other)) == digest(one)


@pytest.mark.parametrize(
    ("column", "value"),
    [
        ("n", 2),
        ("n", 0),
        ("n", None),
        ("t", "trade\0"),
        ("t", ""),
        ("d", Decimal("1.5")),
        ("d", Decimal("-1.50000001")),
        ("d", Decimal(10) ** 29),
        ("f", 0.5),
        ("b", False),
        ("b", None),
        ("y", b"\x00"),
        ("y", b"\x00\x01\x00"),
        ("day", date(2024, 1, 2)),
        ("at", datetime(2024, 1, 1, 0, 0, 0, 1, tzinfo=UTC)),
    ],
)
def test_every_change_of_a_value_shows(column, value):
    assert digest([{**ROW, column: value}]) != digest([ROW])


def test_chunks_slices_and_minus_zero_do_not_matter():
    rows = [{**ROW, "n": n, "t": str(n) * n, "b": None if n % 2 else True} for n in range(9)]
    table = pa.Table.from_pylist(rows, schema=SCHEMA)
    parts = pa.concat_tables([table.slice(0, 4), table.slice(4)])
    low, high = row_hashes(parts, SCHEMA.names)
    assert digest_of(low, high) == digest(rows)
    assert (row_hashes(table.slice(3, 4), SCHEMA.names)[0] == low[3:7]).all()
    assert digest([{**ROW, "f": 0.0}]) == digest([{**ROW, "f": -0.0}])


def test_a_column_of_nulls_adds_nothing_and_names_matter():
    assert digest([{**ROW, "t": None}]) == digest(
        [ROW], [name for name in SCHEMA.names if name != "t"]
    )
    table = pa.table({"a": [1], "b": [2]})
    swapped = pa.table({"a": [2], "b": [1]})
    assert digest_of(*row_hashes(table, ["a", "b"])) != digest_of(*row_hashes(swapped, ["a", "b"]))


# The manifests of archives hold such digests: a change of the hash would disown them all.
PINNED = "26acad79dee8d5097385b130678ccaef"
