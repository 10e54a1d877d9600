-- Rendered from marketdata_platform/core/datasets by `marketdata schema --write`: do not edit.
-- Unique key, kept by append: interval, open_time. Order: interval, open_time.
-- Constraints, kept by append (a row that breaks one goes to meta.quarantine):
--   delta_is_difference: delta = buy_volume - sell_volume
CREATE SCHEMA IF NOT EXISTS "mart";
CREATE TABLE IF NOT EXISTS "mart"."order_flow" (
    "interval" VARCHAR NOT NULL,
    "open_time" TIMESTAMPTZ NOT NULL,
    "volume" DECIMAL(38, 8) NOT NULL,
    "buy_volume" DECIMAL(38, 8) NOT NULL,
    "sell_volume" DECIMAL(38, 8) NOT NULL,
    "delta" DECIMAL(38, 8) NOT NULL,
    "cvd" DECIMAL(38, 8) NOT NULL,
    "cvd_session" DECIMAL(38, 8) NOT NULL,
    "imbalance_ratio" DOUBLE,
    "imbalance" DOUBLE,
    "trades" BIGINT NOT NULL,
    "buy_trades" BIGINT NOT NULL,
    "sell_trades" BIGINT NOT NULL,
    "largest_trade" DECIMAL(20, 8) NOT NULL
);
COMMENT ON TABLE "mart"."order_flow" IS 'Buy and sell volume, delta and cumulative volume delta per interval. Unique: interval, open_time.';
COMMENT ON COLUMN "mart"."order_flow"."interval" IS 'Window length.';
COMMENT ON COLUMN "mart"."order_flow"."open_time" IS 'Start of the window.';
COMMENT ON COLUMN "mart"."order_flow"."volume" IS 'Σq.';
COMMENT ON COLUMN "mart"."order_flow"."buy_volume" IS 'Σq of taker buys.';
COMMENT ON COLUMN "mart"."order_flow"."sell_volume" IS 'Σq of taker sells.';
COMMENT ON COLUMN "mart"."order_flow"."delta" IS 'buy_volume − sell_volume.';
COMMENT ON COLUMN "mart"."order_flow"."cvd" IS 'Running Σ delta since the series'' start.';
COMMENT ON COLUMN "mart"."order_flow"."cvd_session" IS 'Running Σ delta since 00:00 UTC.';
COMMENT ON COLUMN "mart"."order_flow"."imbalance_ratio" IS 'buy / sell; null when sell = 0.';
COMMENT ON COLUMN "mart"."order_flow"."imbalance" IS '(buy − sell) / (buy + sell); null when both are 0.';
COMMENT ON COLUMN "mart"."order_flow"."trades" IS 'Trades in the window.';
COMMENT ON COLUMN "mart"."order_flow"."buy_trades" IS 'Taker buys.';
COMMENT ON COLUMN "mart"."order_flow"."sell_trades" IS 'Taker sells.';
COMMENT ON COLUMN "mart"."order_flow"."largest_trade" IS 'Quantity of the largest trade.';
