-- Rendered from marketdata_platform/core/datasets by `marketdata schema --write`: do not edit.
-- Unique in an instrument, kept by append: event_id. Order: ts_event, sequence, event_id.
-- One partition a month (UTC), made ahead and when rows need it.
CREATE SCHEMA IF NOT EXISTS "raw";
CREATE TABLE IF NOT EXISTS "raw"."statistics" (
    "venue" text COLLATE "C" NOT NULL,
    "market" text COLLATE "C" NOT NULL,
    "symbol" text COLLATE "C" NOT NULL,
    "ts_event" timestamptz NOT NULL,
    "ts_recv" timestamptz,
    "event_id" text COLLATE "C" NOT NULL,
    "sequence" bigint,
    "statistic" text COLLATE "C" NOT NULL,
    "price" numeric(18,8),
    "quantity" numeric(38,8),
    "ts_reference" timestamptz,
    "action" text COLLATE "C" NOT NULL,
    CONSTRAINT "event_id_present" CHECK (event_id <> ''),
    CONSTRAINT "statistic_present" CHECK (statistic <> ''),
    CONSTRAINT "value_given" CHECK (price IS NOT NULL OR quantity IS NOT NULL OR action = 'delete'),
    CONSTRAINT "action_known" CHECK ("action" IN ('new', 'delete'))
) PARTITION BY RANGE ("ts_event");
CREATE TABLE IF NOT EXISTS "raw"."statistics_default" PARTITION OF "raw"."statistics" DEFAULT;
CREATE UNIQUE INDEX IF NOT EXISTS "statistics_key" ON "raw"."statistics" ("venue", "market", "symbol", "ts_event", "event_id");
CREATE INDEX IF NOT EXISTS "statistics_id" ON "raw"."statistics" ("event_id");
COMMENT ON TABLE "raw"."statistics" IS 'Numbers that a venue publishes of an instrument: settlement and opening prices, volume, open interest. Unique: event_id.';
COMMENT ON COLUMN "raw"."statistics"."ts_event" IS 'Exchange time, UTC, microseconds.';
COMMENT ON COLUMN "raw"."statistics"."ts_recv" IS 'First receipt over all recordings by their own clocks; null where those had been stepped. Never order by it.';
COMMENT ON COLUMN "raw"."statistics"."event_id" IS 'The venue''s number of the event, else its time and content: equal in all recordings.';
COMMENT ON COLUMN "raw"."statistics"."sequence" IS 'The venue''s number of the event, where it has one.';
COMMENT ON COLUMN "raw"."statistics"."statistic" IS 'What it is, in the vendor''s words, lower case: `settlement_price`, `open_interest`.';
COMMENT ON COLUMN "raw"."statistics"."price" IS 'Its value where it is a price.';
COMMENT ON COLUMN "raw"."statistics"."quantity" IS 'Its value where it is a quantity.';
COMMENT ON COLUMN "raw"."statistics"."ts_reference" IS 'The time to which it applies, where the venue publishes it.';
COMMENT ON COLUMN "raw"."statistics"."action" IS 'Whether it is a new value or takes one back.';
COMMENT ON COLUMN "raw"."statistics"."venue" IS 'Venue of the instrument.';
COMMENT ON COLUMN "raw"."statistics"."market" IS 'Market of the instrument.';
COMMENT ON COLUMN "raw"."statistics"."symbol" IS 'Symbol of the instrument.';
