-- Rendered from marketdata_platform/core/datasets by `marketdata schema --write`: do not edit.
-- Unique in an instrument, kept by append: interval, open_time. Order: interval, open_time.
CREATE SCHEMA IF NOT EXISTS "mart";
CREATE TABLE IF NOT EXISTS "mart"."bar__kline" (
    "venue" text COLLATE "C" NOT NULL,
    "market" text COLLATE "C" NOT NULL,
    "symbol" text COLLATE "C" NOT NULL,
    "interval" text COLLATE "C" NOT NULL,
    "open_time" timestamptz NOT NULL,
    "open" numeric(18,8) NOT NULL,
    "high" numeric(18,8) NOT NULL,
    "low" numeric(18,8) NOT NULL,
    "close" numeric(18,8) NOT NULL,
    "volume" numeric(38,8) NOT NULL,
    "quote_volume" numeric(38,16) NOT NULL,
    "trades" bigint NOT NULL,
    "buy_volume" numeric(38,8) NOT NULL,
    "buy_quote_volume" numeric(38,16) NOT NULL,
    "sell_volume" numeric(38,8) NOT NULL,
    "vwap" numeric(28,12),
    "first_trade_id" text COLLATE "C",
    "last_trade_id" text COLLATE "C",
    "complete" boolean NOT NULL,
    CONSTRAINT "high_is_highest" CHECK (high >= open AND high >= close AND high >= low),
    CONSTRAINT "low_is_lowest" CHECK (low <= open AND low <= close),
    CONSTRAINT "volume_not_negative" CHECK (volume >= 0 AND buy_volume >= 0 AND sell_volume >= 0)
);
SELECT create_hypertable('mart."bar__kline"', by_range('open_time', INTERVAL '1 days'), create_default_indexes => false, if_not_exists => true);
CREATE UNIQUE INDEX IF NOT EXISTS "bar__kline_key" ON "mart"."bar__kline" ("venue", "market", "symbol", "interval", "open_time");
COMMENT ON TABLE "mart"."bar__kline" IS 'Klines (candles) over half-open UTC windows; equal to the exchange''s own to the last digit. Unique: interval,open_time.';
COMMENT ON COLUMN "mart"."bar__kline"."interval" IS 'Window length: 1s … 1M.';
COMMENT ON COLUMN "mart"."bar__kline"."open_time" IS 'Start of the window.';
COMMENT ON COLUMN "mart"."bar__kline"."open" IS 'First price in trade order.';
COMMENT ON COLUMN "mart"."bar__kline"."high" IS 'Highest price.';
COMMENT ON COLUMN "mart"."bar__kline"."low" IS 'Lowest price.';
COMMENT ON COLUMN "mart"."bar__kline"."close" IS 'Last price in trade order.';
COMMENT ON COLUMN "mart"."bar__kline"."volume" IS 'Σq.';
COMMENT ON COLUMN "mart"."bar__kline"."quote_volume" IS 'Σp·q.';
COMMENT ON COLUMN "mart"."bar__kline"."trades" IS 'Number of trades; aggregate trades count the trades in them.';
COMMENT ON COLUMN "mart"."bar__kline"."buy_volume" IS 'Σq of taker buys.';
COMMENT ON COLUMN "mart"."bar__kline"."buy_quote_volume" IS 'Σp·q of taker buys.';
COMMENT ON COLUMN "mart"."bar__kline"."sell_volume" IS 'Σq of taker sells.';
COMMENT ON COLUMN "mart"."bar__kline"."vwap" IS 'Σp·q / Σq, rounded half to even at 12 decimals; null without volume.';
COMMENT ON COLUMN "mart"."bar__kline"."first_trade_id" IS 'Id of the first trade; null in a window without trades.';
COMMENT ON COLUMN "mart"."bar__kline"."last_trade_id" IS 'Id of the last trade; null in a window without trades.';
COMMENT ON COLUMN "mart"."bar__kline"."complete" IS 'False while the window is open or a known gap touches it.';
COMMENT ON COLUMN "mart"."bar__kline"."venue" IS 'Venue of the instrument.';
COMMENT ON COLUMN "mart"."bar__kline"."market" IS 'Market of the instrument.';
COMMENT ON COLUMN "mart"."bar__kline"."symbol" IS 'Symbol of the instrument.';
