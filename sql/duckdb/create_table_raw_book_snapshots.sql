-- Rendered from marketdata_platform/core/datasets by `marketdata schema --write`: do not edit.
-- Unique key, kept by append: event_id, side, price. Order: ts_event, update_id, event_id, side, price.
-- Constraints, kept by append (a row that breaks one goes to meta.quarantine):
--   event_id_present: event_id <> ''
--   none_is_empty: side <> 'none' OR price = 0
--   quantity_not_negative: quantity >= 0
CREATE SCHEMA IF NOT EXISTS "raw";
CREATE TABLE IF NOT EXISTS "raw"."book_snapshots" (
    "ts_event" TIMESTAMPTZ NOT NULL,
    "ts_recv" TIMESTAMPTZ,
    "event_id" VARCHAR NOT NULL,
    "update_id" BIGINT,
    "side" VARCHAR NOT NULL,
    "price" DECIMAL(18, 8) NOT NULL,
    "quantity" DECIMAL(20, 8) NOT NULL
);
COMMENT ON TABLE "raw"."book_snapshots" IS 'Snapshots as the venue gave them, one row per level: what deltas are joined to. Unique: event_id, side, price.';
COMMENT ON COLUMN "raw"."book_snapshots"."ts_event" IS 'Exchange time, UTC, microseconds; where the venue gives none, the first receipt.';
COMMENT ON COLUMN "raw"."book_snapshots"."ts_recv" IS 'First receipt over all recordings by their own clocks; null where those had been stepped. Never order by it.';
COMMENT ON COLUMN "raw"."book_snapshots"."event_id" IS 'The venue''s number of the event, else its time and content: equal in all recordings.';
COMMENT ON COLUMN "raw"."book_snapshots"."update_id" IS 'The book''s last update id: deltas after it follow.';
COMMENT ON COLUMN "raw"."book_snapshots"."side" IS 'Side of the level; `none` marks an event that names no level: its ids belong to the chain all the same.';
COMMENT ON COLUMN "raw"."book_snapshots"."price" IS 'Price of the level; 0 on a `none` row.';
COMMENT ON COLUMN "raw"."book_snapshots"."quantity" IS 'Quantity at the level, in the venue''s unit.';
