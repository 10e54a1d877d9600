-- Rendered from marketdata_platform/core/datasets by `marketdata schema --write`: do not edit.
-- Unique key, kept by append: event_id. Order: ts_event, sequence, event_id.
-- Constraints, kept by append (a row that breaks one goes to meta.quarantine):
--   event_id_present: event_id <> ''
--   one_given: index_price IS NOT NULL OR mark_price IS NOT NULL
CREATE SCHEMA IF NOT EXISTS "raw";
CREATE TABLE IF NOT EXISTS "raw"."index_prices" (
    "ts_event" TIMESTAMPTZ NOT NULL,
    "ts_recv" TIMESTAMPTZ,
    "event_id_text" VARCHAR,
    "event_id" VARCHAR GENERATED ALWAYS AS (coalesce("event_id_text", CAST("sequence" AS VARCHAR))) VIRTUAL,
    "sequence" BIGINT,
    "index_price" DECIMAL(18, 8),
    "mark_price" DECIMAL(18, 8),
    "settle_price" DECIMAL(18, 8)
);
COMMENT ON TABLE "raw"."index_prices" IS 'Index and mark prices. Unique: event_id.';
COMMENT ON COLUMN "raw"."index_prices"."event_id_text" IS 'event_id, where it is not the sequence as text; else null.';
COMMENT ON COLUMN "raw"."index_prices"."ts_event" IS 'Exchange time, UTC, microseconds.';
COMMENT ON COLUMN "raw"."index_prices"."ts_recv" IS 'First receipt over all recordings by their own clocks; null where those had been stepped. Never order by it.';
COMMENT ON COLUMN "raw"."index_prices"."event_id" IS 'The venue''s number of the event, else its time and content: equal in all recordings.';
COMMENT ON COLUMN "raw"."index_prices"."sequence" IS 'The venue''s number of the event, where it has one.';
COMMENT ON COLUMN "raw"."index_prices"."index_price" IS 'Price of the index under the instrument.';
COMMENT ON COLUMN "raw"."index_prices"."mark_price" IS 'Mark price of the instrument, by which margins are reckoned.';
COMMENT ON COLUMN "raw"."index_prices"."settle_price" IS 'Estimated settlement price.';
