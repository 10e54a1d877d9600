-- Rendered from marketdata_platform/core/datasets by `marketdata schema --write`: do not edit.
-- Unique in an instrument, kept by append: event_id, side, price. Order: ts_event, update_id, event_id, side, price.
CREATE SCHEMA IF NOT EXISTS "raw";
CREATE TABLE IF NOT EXISTS "raw"."book_snapshots" (
    "venue" text COLLATE "C" NOT NULL,
    "market" text COLLATE "C" NOT NULL,
    "symbol" text COLLATE "C" NOT NULL,
    "ts_event" timestamptz NOT NULL,
    "ts_recv" timestamptz,
    "event_id" text COLLATE "C" NOT NULL,
    "update_id" bigint,
    "side" text COLLATE "C" NOT NULL,
    "price" numeric(18,8) NOT NULL,
    "quantity" numeric(20,8) NOT NULL,
    CONSTRAINT "event_id_present" CHECK (event_id <> ''),
    CONSTRAINT "none_is_empty" CHECK (side <> 'none' OR price = 0),
    CONSTRAINT "quantity_not_negative" CHECK (quantity >= 0),
    CONSTRAINT "side_known" CHECK ("side" IN ('bid', 'ask', 'none'))
);
SELECT create_hypertable('raw."book_snapshots"', by_range('ts_event', INTERVAL '1 hours'), create_default_indexes => false, if_not_exists => true);
CREATE UNIQUE INDEX IF NOT EXISTS "book_snapshots_key" ON "raw"."book_snapshots" ("venue", "market", "symbol", "ts_event", "event_id", "side", "price");
CREATE INDEX IF NOT EXISTS "book_snapshots_id" ON "raw"."book_snapshots" ("event_id");
COMMENT ON TABLE "raw"."book_snapshots" IS 'Snapshots as the venue gave them, one row per level: what deltas are joined to. Unique: event_id,side,price.';
COMMENT ON COLUMN "raw"."book_snapshots"."ts_event" IS 'Exchange time, UTC, microseconds; where the venue gives none, the first receipt.';
COMMENT ON COLUMN "raw"."book_snapshots"."ts_recv" IS 'First receipt over all recordings by their own clocks; null where those had been stepped. Never order by it.';
COMMENT ON COLUMN "raw"."book_snapshots"."event_id" IS 'The venue''s number of the event, else its time and content: equal in all recordings.';
COMMENT ON COLUMN "raw"."book_snapshots"."update_id" IS 'The book''s last update id: deltas after it follow.';
COMMENT ON COLUMN "raw"."book_snapshots"."side" IS 'Side of the level; `none` marks an event that names no level: its ids belong to the chain all the same.';
COMMENT ON COLUMN "raw"."book_snapshots"."price" IS 'Price of the level; 0 on a `none` row.';
COMMENT ON COLUMN "raw"."book_snapshots"."quantity" IS 'Quantity at the level, in the venue''s unit.';
COMMENT ON COLUMN "raw"."book_snapshots"."venue" IS 'Venue of the instrument.';
COMMENT ON COLUMN "raw"."book_snapshots"."market" IS 'Market of the instrument.';
COMMENT ON COLUMN "raw"."book_snapshots"."symbol" IS 'Symbol of the instrument.';
