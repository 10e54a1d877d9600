-- Rendered from marketdata_platform/core/datasets by `marketdata schema --write`: do not edit.
-- Unique key, kept by append: event_id, side, price. Order: ts_event, update_id, event_id, side, price.
-- Constraints, kept by append (a row that breaks one goes to meta.quarantine):
--   event_id_present: event_id <> ''
--   none_is_empty: side <> 'none' OR price = 0
--   quantity_not_negative: quantity >= 0
--   quantity_or_change: quantity IS NOT NULL OR change IS NOT NULL
--   id_range: update_id >= first_update_id
CREATE SCHEMA IF NOT EXISTS "raw";
CREATE TABLE IF NOT EXISTS "raw"."book_deltas" (
    "ts_event" TIMESTAMPTZ NOT NULL,
    "ts_recv" TIMESTAMPTZ,
    "event_id" VARCHAR NOT NULL,
    "first_update_id" BIGINT,
    "update_id" BIGINT,
    "previous_update_id" BIGINT,
    "side" VARCHAR NOT NULL,
    "price" DECIMAL(18, 8) NOT NULL,
    "quantity" DECIMAL(20, 8),
    "change" DECIMAL(20, 8),
    "cross_sequence" BIGINT
);
COMMENT ON TABLE "raw"."book_deltas" IS 'Changed book levels, one row per level, with the ids by which a gap between two events is seen. Unique: event_id, side, price.';
COMMENT ON COLUMN "raw"."book_deltas"."ts_event" IS 'Exchange time, UTC, microseconds; where the venue gives none, the first receipt.';
COMMENT ON COLUMN "raw"."book_deltas"."ts_recv" IS 'First receipt over all recordings by their own clocks; null where those had been stepped. Never order by it.';
COMMENT ON COLUMN "raw"."book_deltas"."event_id" IS 'The venue''s number of the event, else its time and content: equal in all recordings.';
COMMENT ON COLUMN "raw"."book_deltas"."first_update_id" IS 'First update id in the event, where the venue gives a range.';
COMMENT ON COLUMN "raw"."book_deltas"."update_id" IS 'Last update id of the event. Null where the venue counts messages of a connection instead.';
COMMENT ON COLUMN "raw"."book_deltas"."previous_update_id" IS 'Last update id of the event before, where the venue gives it.';
COMMENT ON COLUMN "raw"."book_deltas"."side" IS 'Side of the level; `none` marks an event that names no level: its ids belong to the chain all the same.';
COMMENT ON COLUMN "raw"."book_deltas"."price" IS 'Price of the level; 0 on a `none` row.';
COMMENT ON COLUMN "raw"."book_deltas"."quantity" IS 'New quantity at the level; 0: the level is gone. Null: see `change`.';
COMMENT ON COLUMN "raw"."book_deltas"."change" IS 'Signed change of the quantity, where the venue gives that instead.';
COMMENT ON COLUMN "raw"."book_deltas"."cross_sequence" IS 'A number that orders books of all depths against trades, where the venue gives one.';
