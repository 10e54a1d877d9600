-- Rendered from marketdata_platform/core/datasets by `marketdata schema --write`: do not edit.
-- Unique in an instrument, kept by append: interval, open_time, price_level. Order: interval, open_time, price_level.
-- One partition a month (UTC), made ahead and when rows need it.
CREATE SCHEMA IF NOT EXISTS "mart";
CREATE TABLE IF NOT EXISTS "mart"."footprint" (
    "venue" text COLLATE "C" NOT NULL,
    "market" text COLLATE "C" NOT NULL,
    "symbol" text COLLATE "C" NOT NULL,
    "interval" text COLLATE "C" NOT NULL,
    "open_time" timestamptz NOT NULL,
    "price_level" numeric(18,8) NOT NULL,
    "volume" numeric(38,8) NOT NULL,
    "buy_volume" numeric(38,8) NOT NULL,
    "sell_volume" numeric(38,8) NOT NULL,
    "delta" numeric(38,8) NOT NULL,
    "trades" bigint NOT NULL
) PARTITION BY RANGE ("open_time");
CREATE TABLE IF NOT EXISTS "mart"."footprint_default" PARTITION OF "mart"."footprint" DEFAULT;
CREATE UNIQUE INDEX IF NOT EXISTS "footprint_key" ON "mart"."footprint" ("venue", "market", "symbol", "interval", "open_time", "price_level");
COMMENT ON TABLE "mart"."footprint" IS 'Buy and sell volume per interval and price level. Unique: interval,open_time,price_level.';
COMMENT ON COLUMN "mart"."footprint"."interval" IS 'Window length.';
COMMENT ON COLUMN "mart"."footprint"."open_time" IS 'Start of the window.';
COMMENT ON COLUMN "mart"."footprint"."price_level" IS 'Price floored to the level''s tick.';
COMMENT ON COLUMN "mart"."footprint"."volume" IS 'Σq at the level.';
COMMENT ON COLUMN "mart"."footprint"."buy_volume" IS 'Σq of taker buys.';
COMMENT ON COLUMN "mart"."footprint"."sell_volume" IS 'Σq of taker sells.';
COMMENT ON COLUMN "mart"."footprint"."delta" IS 'buy_volume − sell_volume.';
COMMENT ON COLUMN "mart"."footprint"."trades" IS 'Trades at the level.';
COMMENT ON COLUMN "mart"."footprint"."venue" IS 'Venue of the instrument.';
COMMENT ON COLUMN "mart"."footprint"."market" IS 'Market of the instrument.';
COMMENT ON COLUMN "mart"."footprint"."symbol" IS 'Symbol of the instrument.';
