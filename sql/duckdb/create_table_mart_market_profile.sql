-- Rendered from marketdata_platform/core/datasets by `marketdata schema --write`: do not edit.
-- Unique key, kept by append: session_start, price_level. Order: session_start, price_level.
-- Constraints, kept by append (a row that breaks one goes to meta.quarantine):
--   value_area_order: val <= poc AND poc <= vah
CREATE SCHEMA IF NOT EXISTS "mart";
CREATE TABLE IF NOT EXISTS "mart"."market_profile" (
    "session_start" TIMESTAMPTZ NOT NULL,
    "price_level" DECIMAL(18, 8) NOT NULL,
    "volume" DECIMAL(38, 8) NOT NULL,
    "buy_volume" DECIMAL(38, 8) NOT NULL,
    "sell_volume" DECIMAL(38, 8) NOT NULL,
    "trades" BIGINT NOT NULL,
    "in_value_area" BOOLEAN NOT NULL,
    "poc" DECIMAL(18, 8) NOT NULL,
    "vah" DECIMAL(18, 8) NOT NULL,
    "val" DECIMAL(18, 8) NOT NULL,
    "tick" DECIMAL(18, 8) NOT NULL
);
COMMENT ON TABLE "mart"."market_profile" IS 'Volume per price level over a session, with POC and value area; one row a traded level. Unique: session_start, price_level.';
COMMENT ON COLUMN "mart"."market_profile"."session_start" IS 'Start of the session (UTC day).';
COMMENT ON COLUMN "mart"."market_profile"."price_level" IS 'Price floored to `tick`.';
COMMENT ON COLUMN "mart"."market_profile"."volume" IS 'Σq at the level.';
COMMENT ON COLUMN "mart"."market_profile"."buy_volume" IS 'Σq of taker buys.';
COMMENT ON COLUMN "mart"."market_profile"."sell_volume" IS 'Σq of taker sells.';
COMMENT ON COLUMN "mart"."market_profile"."trades" IS 'Trades at the level.';
COMMENT ON COLUMN "mart"."market_profile"."in_value_area" IS 'True if VAL ≤ level ≤ VAH.';
COMMENT ON COLUMN "mart"."market_profile"."poc" IS 'The session''s point of control, the same in each row.';
COMMENT ON COLUMN "mart"."market_profile"."vah" IS 'Value area high.';
COMMENT ON COLUMN "mart"."market_profile"."val" IS 'Value area low.';
COMMENT ON COLUMN "mart"."market_profile"."tick" IS 'Level width.';
