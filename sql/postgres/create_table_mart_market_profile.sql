-- Rendered from marketdata_platform/core/datasets by `marketdata schema --write`: do not edit.
-- Unique in an instrument, kept by append: session_start, price_level. Order: session_start, price_level.
-- One partition a month (UTC), made ahead and when rows need it.
CREATE SCHEMA IF NOT EXISTS "mart";
CREATE TABLE IF NOT EXISTS "mart"."market_profile" (
    "venue" text COLLATE "C" NOT NULL,
    "market" text COLLATE "C" NOT NULL,
    "symbol" text COLLATE "C" NOT NULL,
    "session_start" timestamptz NOT NULL,
    "price_level" numeric(18,8) NOT NULL,
    "volume" numeric(38,8) NOT NULL,
    "buy_volume" numeric(38,8) NOT NULL,
    "sell_volume" numeric(38,8) NOT NULL,
    "trades" bigint NOT NULL,
    "in_value_area" boolean NOT NULL,
    "poc" numeric(18,8) NOT NULL,
    "vah" numeric(18,8) NOT NULL,
    "val" numeric(18,8) NOT NULL,
    "tick" numeric(18,8) NOT NULL,
    CONSTRAINT "value_area_order" CHECK (val <= poc AND poc <= vah)
) PARTITION BY RANGE ("session_start");
CREATE TABLE IF NOT EXISTS "mart"."market_profile_default" PARTITION OF "mart"."market_profile" DEFAULT;
CREATE UNIQUE INDEX IF NOT EXISTS "market_profile_key" ON "mart"."market_profile" ("venue", "market", "symbol", "session_start", "price_level");
COMMENT ON TABLE "mart"."market_profile" IS 'Volume per price level over a session, with POC and value area; one row a traded level. Unique: session_start,price_level.';
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
COMMENT ON COLUMN "mart"."market_profile"."venue" IS 'Venue of the instrument.';
COMMENT ON COLUMN "mart"."market_profile"."market" IS 'Market of the instrument.';
COMMENT ON COLUMN "mart"."market_profile"."symbol" IS 'Symbol of the instrument.';
