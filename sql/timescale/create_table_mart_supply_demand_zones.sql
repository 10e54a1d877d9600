-- Rendered from marketdata_platform/core/datasets by `marketdata schema --write`: do not edit.
-- Unique in an instrument, kept by append: session_start, interval, detected_at, kind. Order: session_start, interval, detected_at, kind.
CREATE SCHEMA IF NOT EXISTS "mart";
CREATE TABLE IF NOT EXISTS "mart"."supply_demand_zones" (
    "venue" text COLLATE "C" NOT NULL,
    "market" text COLLATE "C" NOT NULL,
    "symbol" text COLLATE "C" NOT NULL,
    "session_start" timestamptz NOT NULL,
    "interval" text COLLATE "C" NOT NULL,
    "detected_at" timestamptz NOT NULL,
    "kind" text COLLATE "C" NOT NULL,
    "lower" numeric(18,8) NOT NULL,
    "upper" numeric(18,8) NOT NULL,
    "base_start" timestamptz NOT NULL,
    "base_candles" bigint NOT NULL,
    "strength" double precision NOT NULL,
    "status" text COLLATE "C" NOT NULL,
    "tested_at" timestamptz,
    "broken_at" timestamptz,
    CONSTRAINT "zone_order" CHECK (upper >= lower),
    CONSTRAINT "kind_known" CHECK ("kind" IN ('demand', 'supply')),
    CONSTRAINT "status_known" CHECK ("status" IN ('fresh', 'tested', 'broken', 'dropped'))
);
SELECT create_hypertable('mart."supply_demand_zones"', by_range('session_start', INTERVAL '1 days'), create_default_indexes => false, if_not_exists => true);
CREATE UNIQUE INDEX IF NOT EXISTS "supply_demand_zones_key" ON "mart"."supply_demand_zones" ("venue", "market", "symbol", "session_start", "interval", "detected_at", "kind");
COMMENT ON TABLE "mart"."supply_demand_zones" IS 'Supply and demand zones as they stood at the end of each UTC day; at most 50 live ones. Unique: session_start,interval,detected_at,kind.';
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
COMMENT ON COLUMN "mart"."supply_demand_zones"."venue" IS 'Venue of the instrument.';
COMMENT ON COLUMN "mart"."supply_demand_zones"."market" IS 'Market of the instrument.';
COMMENT ON COLUMN "mart"."supply_demand_zones"."symbol" IS 'Symbol of the instrument.';
