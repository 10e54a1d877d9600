-- Rendered from marketdata_platform/core/datasets by `marketdata schema --write`: do not edit.
-- Unique key, kept by append: session_start, interval, detected_at, kind. Order: session_start, interval, detected_at, kind.
-- Constraints, kept by append (a row that breaks one goes to meta.quarantine):
--   zone_order: upper >= lower
CREATE SCHEMA IF NOT EXISTS "mart";
CREATE TABLE IF NOT EXISTS "mart"."supply_demand_zones" (
    "session_start" TIMESTAMPTZ NOT NULL,
    "interval" VARCHAR NOT NULL,
    "detected_at" TIMESTAMPTZ NOT NULL,
    "kind" VARCHAR NOT NULL,
    "lower" DECIMAL(18, 8) NOT NULL,
    "upper" DECIMAL(18, 8) NOT NULL,
    "base_start" TIMESTAMPTZ NOT NULL,
    "base_candles" BIGINT NOT NULL,
    "strength" DOUBLE NOT NULL,
    "status" VARCHAR NOT NULL,
    "tested_at" TIMESTAMPTZ,
    "broken_at" TIMESTAMPTZ
);
COMMENT ON TABLE "mart"."supply_demand_zones" IS 'Supply and demand zones as they stood at the end of each UTC day; at most 50 live ones. Unique: session_start, interval, detected_at, kind.';
COMMENT ON COLUMN "mart"."supply_demand_zones"."session_start" IS 'UTC day at whose end the row holds.';
COMMENT ON COLUMN "mart"."supply_demand_zones"."interval" IS 'Candle length.';
COMMENT ON COLUMN "mart"."supply_demand_zones"."detected_at" IS 'Close time of the departure candle.';
COMMENT ON COLUMN "mart"."supply_demand_zones"."kind" IS 'Departure up = demand, down = supply.';
COMMENT ON COLUMN "mart"."supply_demand_zones"."lower" IS 'Low of the base.';
COMMENT ON COLUMN "mart"."supply_demand_zones"."upper" IS 'High of the base.';
COMMENT ON COLUMN "mart"."supply_demand_zones"."base_start" IS 'Open time of the base''s first candle.';
COMMENT ON COLUMN "mart"."supply_demand_zones"."base_candles" IS 'Candles in the base, 1-6.';
COMMENT ON COLUMN "mart"."supply_demand_zones"."strength" IS 'Departure body / ATR(14).';
COMMENT ON COLUMN "mart"."supply_demand_zones"."status" IS 'Where it stands.';
COMMENT ON COLUMN "mart"."supply_demand_zones"."tested_at" IS 'Close time of the first candle that came back.';
COMMENT ON COLUMN "mart"."supply_demand_zones"."broken_at" IS 'Close time of the candle that closed beyond the far side.';
