-- Rendered from marketdata_platform/core/datasets by `marketdata schema --write`: do not edit.
-- Unique key, kept by append: interval, open_time, price_level. Order: interval, open_time, price_level.
CREATE SCHEMA IF NOT EXISTS "mart";
CREATE TABLE IF NOT EXISTS "mart"."footprint" (
    "interval" VARCHAR NOT NULL,
    "open_time" TIMESTAMPTZ NOT NULL,
    "price_level" DECIMAL(18, 8) NOT NULL,
    "volume" DECIMAL(38, 8) NOT NULL,
    "buy_volume" DECIMAL(38, 8) NOT NULL,
    "sell_volume" DECIMAL(38, 8) NOT NULL,
    "delta" DECIMAL(38, 8) NOT NULL,
    "trades" BIGINT NOT NULL
);
COMMENT ON TABLE "mart"."footprint" IS 'Buy and sell volume per interval and price level. Unique: interval, open_time, price_level.';
COMMENT ON COLUMN "mart"."footprint"."interval" IS 'Window length.';
COMMENT ON COLUMN "mart"."footprint"."open_time" IS 'Start of the window.';
COMMENT ON COLUMN "mart"."footprint"."price_level" IS 'Price floored to the level''s tick.';
COMMENT ON COLUMN "mart"."footprint"."volume" IS 'Σq at the level.';
COMMENT ON COLUMN "mart"."footprint"."buy_volume" IS 'Σq of taker buys.';
COMMENT ON COLUMN "mart"."footprint"."sell_volume" IS 'Σq of taker sells.';
COMMENT ON COLUMN "mart"."footprint"."delta" IS 'buy_volume − sell_volume.';
COMMENT ON COLUMN "mart"."footprint"."trades" IS 'Trades at the level.';
