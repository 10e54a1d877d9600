-- Rendered from marketdata_platform/core/datasets by `marketdata schema --write`: do not edit.
-- Unique key, kept by append: event_id. Order: ts_event, sequence, event_id.
-- Constraints, kept by append (a row that breaks one goes to meta.quarantine):
--   event_id_present: event_id <> ''
--   rate_or_time: rate IS NOT NULL OR rate_8h IS NOT NULL OR next_funding_time IS NOT NULL
CREATE SCHEMA IF NOT EXISTS "raw";
CREATE TABLE IF NOT EXISTS "raw"."funding_rates" (
    "ts_event" TIMESTAMPTZ NOT NULL,
    "ts_recv" TIMESTAMPTZ,
    "event_id_text" VARCHAR,
    "event_id" VARCHAR GENERATED ALWAYS AS (coalesce("event_id_text", CAST("sequence" AS VARCHAR))) VIRTUAL,
    "sequence" BIGINT,
    "rate" DECIMAL(18, 12),
    "rate_8h" DECIMAL(18, 12),
    "mark_price" DECIMAL(18, 8),
    "index_price" DECIMAL(18, 8),
    "next_funding_time" TIMESTAMPTZ
);
COMMENT ON TABLE "raw"."funding_rates" IS 'Funding rates of perpetuals as they are announced, beside the mark and index price of the moment. Unique: event_id.';
COMMENT ON COLUMN "raw"."funding_rates"."event_id_text" IS 'event_id, where it is not the sequence as text; else null.';
COMMENT ON COLUMN "raw"."funding_rates"."ts_event" IS 'Exchange time, UTC, microseconds.';
COMMENT ON COLUMN "raw"."funding_rates"."ts_recv" IS 'First receipt over all recordings by their own clocks; null where those had been stepped. Never order by it.';
COMMENT ON COLUMN "raw"."funding_rates"."event_id" IS 'The venue''s number of the event, else its time and content: equal in all recordings.';
COMMENT ON COLUMN "raw"."funding_rates"."sequence" IS 'The venue''s number of the event, where it has one.';
COMMENT ON COLUMN "raw"."funding_rates"."rate" IS 'Rate of the period that ends at `next_funding_time`, as a fraction.';
COMMENT ON COLUMN "raw"."funding_rates"."rate_8h" IS 'Rate over the last eight hours, as a fraction, where the venue gives it.';
COMMENT ON COLUMN "raw"."funding_rates"."mark_price" IS 'Mark price, where the message has it.';
COMMENT ON COLUMN "raw"."funding_rates"."index_price" IS 'Index price, where the message has it.';
COMMENT ON COLUMN "raw"."funding_rates"."next_funding_time" IS 'When it is paid next; null where funding is paid continuously.';
