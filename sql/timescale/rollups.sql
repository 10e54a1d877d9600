-- Rendered from marketdata_platform/core/datasets by `marketdata schema --write`: do not edit.
-- What was deleted by retention: a refresh of that stretch would empty the roll-ups, too.
CREATE TABLE IF NOT EXISTS "meta"."dropped_before" (
    "dataset" text PRIMARY KEY,
    "cutoff" timestamptz NOT NULL
);
CREATE MATERIALIZED VIEW IF NOT EXISTS "mart"."rollup_kline_1h"
WITH (timescaledb.continuous, timescaledb.materialized_only = false) AS
SELECT "venue", "market", "symbol",
    time_bucket(INTERVAL '1 hour', "open_time") AS "open_time",
    first("open", "open_time") AS "open",
    max("high") AS "high",
    min("low") AS "low",
    last("close", "open_time") AS "close",
    sum("volume") AS "volume",
    sum("quote_volume") AS "quote_volume",
    sum("trades") AS "trades",
    sum("buy_volume") AS "buy_volume",
    sum("buy_quote_volume") AS "buy_quote_volume",
    sum("sell_volume") AS "sell_volume",
    bool_and("complete") AS "complete"
FROM "mart"."bar__kline" WHERE "interval" = '1m'
GROUP BY "venue", "market", "symbol", time_bucket(INTERVAL '1 hour', "open_time")
WITH NO DATA;

CREATE MATERIALIZED VIEW IF NOT EXISTS "mart"."rollup_kline_1d"
WITH (timescaledb.continuous, timescaledb.materialized_only = false) AS
SELECT "venue", "market", "symbol",
    time_bucket(INTERVAL '1 day', "open_time") AS "open_time",
    first("open", "open_time") AS "open",
    max("high") AS "high",
    min("low") AS "low",
    last("close", "open_time") AS "close",
    sum("volume") AS "volume",
    sum("quote_volume") AS "quote_volume",
    sum("trades") AS "trades",
    sum("buy_volume") AS "buy_volume",
    sum("buy_quote_volume") AS "buy_quote_volume",
    sum("sell_volume") AS "sell_volume",
    bool_and("complete") AS "complete"
FROM "mart"."bar__kline" WHERE "interval" = '1m'
GROUP BY "venue", "market", "symbol", time_bucket(INTERVAL '1 day', "open_time")
WITH NO DATA;

CREATE OR REPLACE PROCEDURE "mart"."refresh_rollups"(job_id integer, config jsonb) LANGUAGE plpgsql AS $$
DECLARE
    first timestamptz := now() - coalesce((config->>'back')::interval, interval '7 days');
    kept timestamptz := (SELECT cutoff FROM "meta"."dropped_before" WHERE dataset = 'bar__kline');
BEGIN
    first := greatest(first, kept);
    CALL refresh_continuous_aggregate('"mart"."rollup_kline_1h"', first, NULL);
    CALL refresh_continuous_aggregate('"mart"."rollup_kline_1d"', first, NULL);
END $$;
SELECT add_job('"mart"."refresh_rollups"'::regproc, INTERVAL '5 minutes', config => '{"back": "7 days"}')
WHERE NOT EXISTS (
    SELECT FROM timescaledb_information.jobs WHERE proc_schema = 'mart' AND proc_name = 'refresh_rollups'
);
