"""What TimescaleDB does by itself, rendered from the datasets: compressing old chunks, rolling
klines up.

Belongs here: text of statements. Does not: tables (ddl_postgres), retention: only what the archive
holds is deleted.
"""

from __future__ import annotations

from marketdata_platform.core.datasets import DATASETS, Dataset
from marketdata_platform.core.datasets.ddl.duckdb import identifier, literal, table_name
from marketdata_platform.core.datasets.ddl.postgres import INSTRUMENT_COLUMNS, interval, partitioned
from marketdata_platform.core.datasets.derived.klines import KLINE

ROLLUPS = {"1h": "1 hour", "1d": "1 day"}  # view `mart.rollup_kline_1h` and so on
_HEAD = (
    "-- Rendered from marketdata_platform/core/datasets by `marketdata schema --write`: do not "
    "edit.\n"
)
_SUMS = ("volume", "quote_volume", "trades", "buy_volume", "buy_quote_volume", "sell_volume")
_FLOORS = """-- What was deleted by retention: a refresh of that stretch would empty the roll-ups, too.
CREATE TABLE IF NOT EXISTS "meta"."dropped_before" (
    "dataset" text PRIMARY KEY,
    "cutoff" timestamptz NOT NULL
);
"""
_REFRESH = """CREATE OR REPLACE PROCEDURE "mart"."refresh_rollups"(job_id integer, config jsonb) LANGUAGE plpgsql AS $$
DECLARE
    first timestamptz := now() - coalesce((config->>'back')::interval, interval '7 days');
    kept timestamptz := (SELECT cutoff FROM "meta"."dropped_before" WHERE dataset = 'bar__kline');
BEGIN
    first := greatest(first, kept);
{calls}
END $$;
"""
_JOB = """SELECT add_job('"mart"."refresh_rollups"'::regproc, INTERVAL '5 minutes', config => '{"back": "7 days"}')
WHERE NOT EXISTS (
    SELECT FROM timescaledb_information.jobs WHERE proc_schema = 'mart' AND proc_name = 'refresh_rollups'
);
"""


def compression_file() -> str:
    """The file `sql/timescale/policies_compression.sql`: settings and policies of every table that
    is compressed.
    """
    return _HEAD + "\n".join(
        text for dataset in DATASETS.values() if (text := compression(dataset))
    )


def compression(dataset: Dataset) -> str:
    """The statements that let TimescaleDB compress the dataset's old chunks; empty where it is
    never compressed.
    """
    if dataset.compress_after is None or not partitioned(dataset):
        return ""
    name = literal(f"{dataset.schema_name}.{identifier(dataset.name)}")
    order = ", ".join(identifier(column) for column in _compressed_order(dataset))
    segments = ", ".join(dataset.segment_by or INSTRUMENT_COLUMNS)
    return (
        f"ALTER TABLE {table_name(dataset)} SET (timescaledb.compress,\n"
        f"    timescaledb.compress_segmentby = {literal(segments)},\n"
        f"    timescaledb.compress_orderby = {literal(order)});\n"
        f"SELECT add_compression_policy({name}, compress_after => INTERVAL "
        f"'{interval(dataset.compress_after)}', "
        "if_not_exists => true);\n"
    )


def rollups_file() -> str:
    """The file `sql/timescale/rollups.sql`: klines of an hour and a day from those of a minute,
    kept up to date.

    They answer with rows that are not refreshed yet, too (real-time aggregation).
    """
    views = "\n".join(_rollup(name, width) for name, width in ROLLUPS.items())
    calls = "\n".join(
        f"    CALL refresh_continuous_aggregate('{_view(name)}', first, NULL);" for name in ROLLUPS
    )
    return _HEAD + _FLOORS + views + "\n" + _REFRESH.format(calls=calls) + _JOB


def _rollup(name: str, width: str) -> str:
    who = ", ".join(identifier(column) for column in INSTRUMENT_COLUMNS)
    sums = ",\n".join(f"    sum({identifier(column)}) AS {identifier(column)}" for column in _SUMS)
    return (
        f"CREATE MATERIALIZED VIEW IF NOT EXISTS {_view(name)}\n"
        "WITH (timescaledb.continuous, timescaledb.materialized_only = false) AS\n"
        f'SELECT {who},\n    time_bucket(INTERVAL \'{width}\', "open_time") AS "open_time",\n'
        '    first("open", "open_time") AS "open",\n    max("high") AS "high",\n    min("low") AS '
        '"low",\n'
        f'    last("close", "open_time") AS "close",\n{sums},\n    bool_and("complete") AS '
        '"complete"\n'
        f"FROM {table_name(KLINE)} WHERE \"interval\" = '1m'\n"
        f"GROUP BY {who}, time_bucket(INTERVAL '{width}', \"open_time\")\nWITH NO DATA;\n"
    )


def _view(name: str) -> str:
    return f'"mart"."rollup_kline_{name}"'


def _compressed_order(dataset: Dataset) -> list[str]:
    """Time first, then what distinguishes rows of one moment: the whole unique key, as compressed
    chunks want it.
    """
    rest = [name for name in (*dataset.order, *dataset.key) if name != dataset.time_column]
    return list(dict.fromkeys((dataset.time_column, *rest)))
