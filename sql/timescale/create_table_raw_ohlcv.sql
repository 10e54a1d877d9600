-- Rendered from marketdata_platform/core/datasets by `marketdata schema --write`: do not edit.
-- Unique in an instrument, kept by append: interval, ts_event. Order: interval, ts_event.
CREATE SCHEMA IF NOT EXISTS "raw";
CREATE TABLE IF NOT EXISTS "raw"."ohlcv" (
    "venue" text COLLATE "C" NOT NULL,
    "market" text COLLATE "C" NOT NULL,
    "symbol" text COLLATE "C" NOT NULL,
    "ts_event" timestamptz NOT NULL,
    "ts_recv" timestamptz,
    "interval" text COLLATE "C" NOT NULL,
    "open" numeric(18,8) NOT NULL,
    "high" numeric(18,8) NOT NULL,
    "low" numeric(18,8) NOT NULL,
    "close" numeric(18,8) NOT NULL,
    "volume" numeric(38,8) NOT NULL,
    "quote_volume" numeric(38,16),
    "trades" bigint,
    "buy_volume" numeric(38,8),
    "buy_quote_volume" numeric(38,16),
    CONSTRAINT "interval_present" CHECK ("interval" <> ''),
    CONSTRAINT "high_bounds" CHECK (high >= low AND high >= open AND high >= close),
    CONSTRAINT "low_bounds" CHECK (low <= open AND low <= close),
    CONSTRAINT "volume_not_negative" CHECK (volume >= 0),
    CONSTRAINT "quote_volume_not_negative" CHECK (quote_volume >= 0),
    CONSTRAINT "trades_not_negative" CHECK (trades >= 0),
    CONSTRAINT "buy_volume_not_negative" CHECK (buy_volume >= 0),
    CONSTRAINT "buy_quote_volume_not_negative" CHECK (buy_quote_volume >= 0)
);
SELECT create_hypertable('raw."ohlcv"', by_range('ts_event', INTERVAL '30 days'), create_default_indexes => false, if_not_exists => true);
CREATE UNIQUE INDEX IF NOT EXISTS "ohlcv_key" ON "raw"."ohlcv" ("venue", "market", "symbol", "interval", "ts_event");
COMMENT ON TABLE "raw"."ohlcv" IS 'Candles as a venue or vendor published them, to be compared with ours (`bar__kline`); nothing is derived from them. Unique: interval,ts_event.';
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
COMMENT ON COLUMN "raw"."ohlcv"."venue" IS 'Venue of the instrument.';
COMMENT ON COLUMN "raw"."ohlcv"."market" IS 'Market of the instrument.';
COMMENT ON COLUMN "raw"."ohlcv"."symbol" IS 'Symbol of the instrument.';
