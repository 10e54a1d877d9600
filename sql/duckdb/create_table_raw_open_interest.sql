-- Rendered from marketdata_platform/core/datasets by `marketdata schema --write`: do not edit.
-- Unique key, kept by append: event_id. Order: ts_event, sequence, event_id.
-- Constraints, kept by append (a row that breaks one goes to meta.quarantine):
--   event_id_present: event_id <> ''
--   open_interest_not_negative: open_interest >= 0
--   value_not_negative: value >= 0
--   one_given: open_interest IS NOT NULL OR value IS NOT NULL
CREATE SCHEMA IF NOT EXISTS "raw";
CREATE TABLE IF NOT EXISTS "raw"."open_interest" (
    "ts_event" TIMESTAMPTZ NOT NULL,
    "ts_recv" TIMESTAMPTZ,
    "event_id_text" VARCHAR,
    "event_id" VARCHAR GENERATED ALWAYS AS (coalesce("event_id_text", CAST("sequence" AS VARCHAR))) VIRTUAL,
    "sequence" BIGINT,
    "open_interest" DECIMAL(38, 8),
    "value" DECIMAL(38, 16)
);
COMMENT ON TABLE "raw"."open_interest" IS 'Open contracts and what they are worth. Unique: event_id.';
COMMENT ON COLUMN "raw"."open_interest"."event_id_text" IS 'event_id, where it is not the sequence as text; else null.';
COMMENT ON COLUMN "raw"."open_interest"."ts_event" IS 'Exchange time, UTC, microseconds.';
COMMENT ON COLUMN "raw"."open_interest"."ts_recv" IS 'First receipt over all recordings by their own clocks; null where those had been stepped. Never order by it.';
COMMENT ON COLUMN "raw"."open_interest"."event_id" IS 'The venue''s number of the event, else its time and content: equal in all recordings.';
COMMENT ON COLUMN "raw"."open_interest"."sequence" IS 'The venue''s number of the event, where it has one.';
COMMENT ON COLUMN "raw"."open_interest"."open_interest" IS 'Open positions in the venue''s unit: contracts, base or quote currency.';
COMMENT ON COLUMN "raw"."open_interest"."value" IS 'Their value in quote currency, where the venue gives it.';
