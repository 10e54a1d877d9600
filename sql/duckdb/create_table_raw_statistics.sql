-- Rendered from marketdata_platform/core/datasets by `marketdata schema --write`: do not edit.
-- Unique key, kept by append: event_id. Order: ts_event, sequence, event_id.
-- Constraints, kept by append (a row that breaks one goes to meta.quarantine):
--   event_id_present: event_id <> ''
--   statistic_present: statistic <> ''
--   value_given: price IS NOT NULL OR quantity IS NOT NULL OR action = 'delete'
CREATE SCHEMA IF NOT EXISTS "raw";
CREATE TABLE IF NOT EXISTS "raw"."statistics" (
    "ts_event" TIMESTAMPTZ NOT NULL,
    "ts_recv" TIMESTAMPTZ,
    "event_id_text" VARCHAR,
    "event_id" VARCHAR GENERATED ALWAYS AS (coalesce("event_id_text", CAST("sequence" AS VARCHAR))) VIRTUAL,
    "sequence" BIGINT,
    "statistic" VARCHAR NOT NULL,
    "price" DECIMAL(18, 8),
    "quantity" DECIMAL(38, 8),
    "ts_reference" TIMESTAMPTZ,
    "action" VARCHAR NOT NULL
);
COMMENT ON TABLE "raw"."statistics" IS 'Numbers that a venue publishes of an instrument: settlement and opening prices, volume, open interest. Unique: event_id.';
COMMENT ON COLUMN "raw"."statistics"."event_id_text" IS 'event_id, where it is not the sequence as text; else null.';
COMMENT ON COLUMN "raw"."statistics"."ts_event" IS 'Exchange time, UTC, microseconds.';
COMMENT ON COLUMN "raw"."statistics"."ts_recv" IS 'First receipt over all recordings by their own clocks; null where those had been stepped. Never order by it.';
COMMENT ON COLUMN "raw"."statistics"."event_id" IS 'The venue''s number of the event, else its time and content: equal in all recordings.';
COMMENT ON COLUMN "raw"."statistics"."sequence" IS 'The venue''s number of the event, where it has one.';
COMMENT ON COLUMN "raw"."statistics"."statistic" IS 'What it is, in the vendor''s words, lower case: `settlement_price`, `open_interest`.';
COMMENT ON COLUMN "raw"."statistics"."price" IS 'Its value where it is a price.';
COMMENT ON COLUMN "raw"."statistics"."quantity" IS 'Its value where it is a quantity.';
COMMENT ON COLUMN "raw"."statistics"."ts_reference" IS 'The time to which it applies, where the venue publishes it.';
COMMENT ON COLUMN "raw"."statistics"."action" IS 'Whether it is a new value or takes one back.';
