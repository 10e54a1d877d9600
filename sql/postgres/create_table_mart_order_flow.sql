-- Rendered from marketdata_platform/core/datasets by `marketdata schema --write`: do not edit.
-- Unique in an instrument, kept by append: interval, open_time. Order: interval, open_time.
-- One partition a month (UTC), made ahead and when rows need it.
CREATE SCHEMA IF NOT EXISTS "mart";
CREATE TABLE IF NOT EXISTS "mart"."order_flow" (
    "venue" text COLLATE "C" NOT NULL,
    "market" text COLLATE "C" NOT NULL,
    "symbol" text COLLATE "C" NOT NULL,
    "interval" text COLLATE "C" NOT NULL,
    "open_time" timestamptz NOT NULL,
    "volume" numeric(38,8) NOT NULL,
    "buy_volume" numeric(38,8) NOT NULL,
    "sell_volume" numeric(38,8) NOT NULL,
    "delta" numeric(38,8) NOT NULL,
    "cvd" numeric(38,8) NOT NULL,
    "cvd_session" numeric(38,8) NOT NULL,
    "imbalance_ratio" double precision,
    "imbalance" double precision,
    "trades" bigint NOT NULL,
    "buy_trades" bigint NOT NULL,
    "sell_trades" bigint NOT NULL,
    "largest_trade" numeric(20,8) NOT NULL,
    CONSTRAINT "delta_is_difference" CHECK (delta = buy_volume - sell_volume)
) PARTITION BY RANGE ("open_time");
CREATE TABLE IF NOT EXISTS "mart"."order_flow_default" PARTITION OF "mart"."order_flow" DEFAULT;
CREATE UNIQUE INDEX IF NOT EXISTS "order_flow_key" ON "mart"."order_flow" ("venue", "market", "symbol", "interval", "open_time");
COMMENT ON TABLE "mart"."order_flow" IS 'Buy and sell volume, delta and cumulative volume delta per interval. Unique: interval,open_time.';
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
COMMENT ON COLUMN "mart"."order_flow"."venue" IS 'Venue of the instrument.';
COMMENT ON COLUMN "mart"."order_flow"."market" IS 'Market of the instrument.';
COMMENT ON COLUMN "mart"."order_flow"."symbol" IS 'Symbol of the instrument.';
