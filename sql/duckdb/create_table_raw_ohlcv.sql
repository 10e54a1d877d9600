-- Rendered from marketdata_platform/core/datasets by `marketdata schema --write`: do not edit.
-- Unique key, kept by append: interval, ts_event. Order: interval, ts_event.
-- Constraints, kept by append (a row that breaks one goes to meta.quarantine):
--   interval_present: "interval" <> ''
--   high_bounds: high >= low AND high >= open AND high >= close
--   low_bounds: low <= open AND low <= close
--   volume_not_negative: volume >= 0
--   quote_volume_not_negative: quote_volume >= 0
--   trades_not_negative: trades >= 0
--   buy_volume_not_negative: buy_volume >= 0
--   buy_quote_volume_not_negative: buy_quote_volume >= 0
CREATE SCHEMA IF NOT EXISTS "raw";
CREATE TABLE IF NOT EXISTS "raw"."ohlcv" (
    "ts_event" TIMESTAMPTZ NOT NULL,
    "ts_recv" TIMESTAMPTZ,
    "interval" VARCHAR NOT NULL,
    "open" DECIMAL(18, 8) NOT NULL,
    "high" DECIMAL(18, 8) NOT NULL,
    "low" DECIMAL(18, 8) NOT NULL,
    "close" DECIMAL(18, 8) NOT NULL,
    "volume" DECIMAL(38, 8) NOT NULL,
    "quote_volume" DECIMAL(38, 16),
    "trades" BIGINT,
    "buy_volume" DECIMAL(38, 8),
    "buy_quote_volume" DECIMAL(38, 16)
);
COMMENT ON TABLE "raw"."ohlcv" IS 'Candles as a venue or vendor published them, to be compared with ours (`bar__kline`); nothing is derived from them. Unique: interval, ts_event.';
COMMENT ON COLUMN "raw"."ohlcv"."ts_event" IS 'Exchange time, UTC, microseconds.';
COMMENT ON COLUMN "raw"."ohlcv"."ts_recv" IS 'First receipt over all recordings by their own clocks; null where those had been stepped. Never order by it.';
COMMENT ON COLUMN "raw"."ohlcv"."interval" IS 'Length of the candle: 1s, 1m, 1h, 1d, …';
COMMENT ON COLUMN "raw"."ohlcv"."open" IS 'First price.';
COMMENT ON COLUMN "raw"."ohlcv"."high" IS 'Highest price.';
COMMENT ON COLUMN "raw"."ohlcv"."low" IS 'Lowest price.';
COMMENT ON COLUMN "raw"."ohlcv"."close" IS 'Last price.';
COMMENT ON COLUMN "raw"."ohlcv"."volume" IS 'Quantity traded, in the venue''s unit.';
COMMENT ON COLUMN "raw"."ohlcv"."quote_volume" IS 'The same in quote currency, where the venue publishes it.';
COMMENT ON COLUMN "raw"."ohlcv"."trades" IS 'Trades in it, where the venue publishes it.';
COMMENT ON COLUMN "raw"."ohlcv"."buy_volume" IS 'Quantity bought by takers, where the venue publishes it.';
COMMENT ON COLUMN "raw"."ohlcv"."buy_quote_volume" IS 'The same in quote currency.';
