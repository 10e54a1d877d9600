import io
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import duckdb
import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from marketdata_platform.archive.parquet import encodings, read_rows, write_rows
from marketdata_platform.core.datasets import BARS, DERIVED, TRADES, Dataset
from marketdata_platform.core.datasets.ordering import in_order
from marketdata_platform.core.errors import ArchiveMismatch
from marketdata_platform_tests.archive.days import captured, table, trade, trades

DERIVED_AND_RAW = [TRADES, *DERIVED]


def written(dataset: Dataset, rows: pa.Table, batch: int = 1000) -> bytes:
    sink = io.BytesIO()
    write_rows(sink, dataset, iter(rows.to_batches(max_chunksize=batch)))
    return sink.getvalue()


def read(dataset: Dataset, data: bytes) -> pa.Table:
    return pa.Table.from_batches(
        read_rows(io.BytesIO(data), dataset, "x"), schema=dataset.arrow_schema
    )


def samples(dataset: Dataset, count: int = 300) -> pa.Table:
    """Rows that reach the ends of each type: the largest decimals, nulls, unequal text."""
    rows = [
        {c.name: _sample(c.name, c.type, c.nullable, c.allowed, n) for c in dataset.columns}
        for n in range(count)
    ]
    made = pl.DataFrame(pa.Table.from_pylist(rows, schema=dataset.arrow_schema))
    return in_order(dataset, made).to_arrow().cast(dataset.arrow_schema)


def _sample(  # noqa: PLR0911 - a value per type
    name: str, kind: pa.DataType, nullable: bool, allowed: tuple[str, ...], n: int
) -> object:
    if nullable and n % 3 == 0:
        return None
    if pa.types.is_decimal(kind):
        # Text: Decimal arithmetic would round to 28 digits.
        digits = f"{10**kind.precision - 1 - n}e-{kind.scale}"
        return Decimal(f"-{digits}" if n % 2 else digits)
    if pa.types.is_timestamp(kind):
        return datetime(2024, 7, 19, tzinfo=UTC) + timedelta(microseconds=n * 1_234_567)
    if pa.types.is_integer(kind):
        return (2**63 - 1 - n) if n % 2 else -(2**63) + n
    if pa.types.is_floating(kind):
        return 1 / (n + 3)
    if pa.types.is_boolean(kind):
        return n % 2 == 0
    return allowed[n % len(allowed)] if allowed else f"{name}币{n}"


@pytest.mark.parametrize("dataset", DERIVED_AND_RAW, ids=lambda d: d.name)
def test_every_dataset_reads_back_exactly_in_every_engine(dataset: Dataset, tmp_path):
    rows = samples(dataset)
    path = tmp_path / "part-0.parquet"
    path.write_bytes(written(dataset, rows))

    assert read(dataset, path.read_bytes()).equals(rows)
    assert pq.read_table(path).equals(rows)
    frame = pl.from_arrow(rows)
    assert pl.read_parquet(path).equals(frame)
    with duckdb.connect() as connection:
        from_duckdb = connection.sql(
            "SELECT * FROM read_parquet(?)", params=[str(path)]
        ).to_arrow_table()
    assert from_duckdb.cast(dataset.arrow_schema).equals(rows)


@pytest.mark.parametrize("dataset", DERIVED_AND_RAW, ids=lambda d: d.name)
def test_only_types_that_every_engine_reads_are_written(dataset: Dataset):
    schema = pq.ParquetFile(io.BytesIO(written(dataset, samples(dataset)))).schema
    for position, column in enumerate(dataset.columns):
        parquet = schema.column(position)
        if pa.types.is_decimal(column.type):
            small = column.type.precision <= 18
            assert parquet.physical_type == ("INT64" if small else "FIXED_LEN_BYTE_ARRAY")
        if pa.types.is_timestamp(column.type):
            assert "isAdjustedToUTC=true, timeUnit=microseconds" in str(parquet.logical_type)


def test_encodings_follow_the_meaning_of_each_column():
    chosen = encodings(TRADES)
    assert chosen["ts_event"] == chosen["price"] == chosen["sequence"] == "DELTA_BINARY_PACKED"
    assert chosen["trade_id"] == "DELTA_BYTE_ARRAY"
    assert chosen["quantity"] == chosen["side"] == chosen["condition"] == "DICTIONARY"
    kline = encodings(BARS[0])
    assert kline["interval"] == kline["volume"] == "DICTIONARY"
    assert kline["first_trade_id"] == "DELTA_BYTE_ARRAY"


def test_a_file_says_by_what_it_is_sorted_and_has_statistics_and_checksums():
    metadata = pq.ParquetFile(io.BytesIO(written(TRADES, trades(50)))).metadata.row_group(0)
    assert [c.column_index for c in metadata.sorting_columns] == [0]
    assert metadata.column(0).statistics.has_min_max
    assert metadata.column(0).compression == "ZSTD"


@settings(max_examples=20, deadline=None)
@given(batch=st.integers(1, 400), count=st.integers(1, 350))
def test_equal_rows_give_equal_bytes_however_they_were_batched(batch: int, count: int):
    rows = trades(count)
    assert written(TRADES, rows, batch) == written(TRADES, rows)


@settings(max_examples=30, deadline=None)
@given(
    st.lists(
        st.tuples(
            st.decimals("0.00000001", "9999999999.99999999", places=8),
            st.decimals("0.00000001", "92233720368.54775807", places=8),
            st.sampled_from(["buy", "sell", "unknown"]),
        ),
        min_size=1,
        max_size=50,
    )
)
def test_any_price_and_quantity_that_the_platform_holds_survives_exactly(values):
    rows = table([trade(n, price=p, quantity=q, side=s) for n, (p, q, s) in enumerate(values)])
    assert read(TRADES, written(TRADES, rows)).equals(rows)


def test_a_flipped_bit_in_a_page_is_found_by_the_page_checksum():
    data = bytearray(written(TRADES, trades(5000)))
    column = pq.ParquetFile(io.BytesIO(data)).metadata.row_group(0).column(4)
    data[column.data_page_offset + column.total_compressed_size - 10] ^= 1
    with pytest.raises(ArchiveMismatch, match="cannot be read"):
        read(TRADES, bytes(data))


def test_a_file_of_another_dataset_is_refused():
    with pytest.raises(ArchiveMismatch, match="does not hold the columns of bar__kline"):
        read(BARS[0], written(TRADES, trades(3)))


@pytest.mark.parametrize(
    ("name", "day"),
    [("usdm/btcusdt_202304", date(2023, 4, 5)), ("usdm/btcusdt_202407", date(2024, 7, 19))],
)
def test_real_futures_trades_take_few_bytes_and_are_exact(name: str, day: date):
    received = captured(name, day)
    bare = captured(name, day, received=False)
    assert len(received) > 9_000
    data = written(TRADES, received)
    assert read(TRADES, data).equals(received)
    assert len(data) / len(received) <= 4.8
    assert len(written(TRADES, bare)) / len(bare) <= 3.6
