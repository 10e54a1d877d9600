-- Rendered from marketdata_platform/core/datasets by `marketdata schema --write`: do not edit.
-- Unique key, kept by append: interval, open_time. Order: interval, open_time.
-- Constraints, kept by append (a row that breaks one goes to meta.quarantine):
--   high_is_highest: high >= open AND high >= close AND high >= low
--   low_is_lowest: low <= open AND low <= close
--   volume_not_negative: volume >= 0 AND buy_volume >= 0 AND sell_volume >= 0
CREATE SCHEMA IF NOT EXISTS "mart";
CREATE TABLE IF NOT EXISTS "mart"."bar__kline" (
    "interval" VARCHAR NOT NULL,
    "open_time" TIMESTAMPTZ NOT NULL,
    "open" DECIMAL(18, 8) NOT NULL,
    "high" DECIMAL(18, 8) NOT NULL,
    "low" DECIMAL(18, 8) NOT NULL,
    "close" DECIMAL(18, 8) NOT NULL,
    "volume" DECIMAL(38, 8) NOT NULL,
    "quote_volume" DECIMAL(38, 16) NOT NULL,
    "trades" BIGINT NOT NULL,
    "buy_volume" DECIMAL(38, 8) NOT NULL,
    "buy_quote_volume" DECIMAL(38, 16) NOT NULL,
    "sell_volume" DECIMAL(38, 8) NOT NULL,
    "vwap" DECIMAL(28, 12),
    "first_trade_id" VARCHAR,
    "last_trade_id" VARCHAR,
    "complete" BOOLEAN NOT NULL
);
COMMENT ON TABLE "mart"."bar__kline" IS 'Klines (candles) over half-open UTC windows; equal to the exchange''s own to the last digit. Unique: interval, open_time.';
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
