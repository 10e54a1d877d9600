-- Rendered from marketdata_platform/core/datasets by `marketdata schema --write`: do not edit.
-- Unique in an instrument, kept by append: event_id, side, price. Order: ts_event, update_id, event_id, side, price.
-- One partition a day (UTC), made ahead and when rows need it.
CREATE SCHEMA IF NOT EXISTS "raw";
CREATE TABLE IF NOT EXISTS "raw"."book_deltas" (
    "venue" text COLLATE "C" NOT NULL,
    "market" text COLLATE "C" NOT NULL,
    "symbol" text COLLATE "C" NOT NULL,
    "ts_event" timestamptz NOT NULL,
    "ts_recv" timestamptz,
    "event_id" text COLLATE "C" NOT NULL,
    "first_update_id" bigint,
    "update_id" bigint,
    "previous_update_id" bigint,
    "side" text COLLATE "C" NOT NULL,
    "price" numeric(18,8) NOT NULL,
    "quantity" numeric(20,8),
    "change" numeric(20,8),
    "cross_sequence" bigint,
    CONSTRAINT "event_id_present" CHECK (event_id <> ''),
    CONSTRAINT "none_is_empty" CHECK (side <> 'none' OR price = 0),
    CONSTRAINT "quantity_not_negative" CHECK (quantity >= 0),
    CONSTRAINT "quantity_or_change" CHECK (quantity IS NOT NULL OR change IS NOT NULL),
    CONSTRAINT "id_range" CHECK (update_id >= first_update_id),
    CONSTRAINT "side_known" CHECK ("side" IN ('bid', 'ask', 'none'))
) PARTITION BY RANGE ("ts_event");
CREATE TABLE IF NOT EXISTS "raw"."book_deltas_default" PARTITION OF "raw"."book_deltas" DEFAULT;
CREATE UNIQUE INDEX IF NOT EXISTS "book_deltas_key" ON "raw"."book_deltas" ("venue", "market", "symbol", "ts_event", "event_id", "side", "price");
CREATE INDEX IF NOT EXISTS "book_deltas_id" ON "raw"."book_deltas" ("event_id");
COMMENT ON TABLE "raw"."book_deltas" IS 'Changed book levels, one row per level, with the ids by which a gap between two events is seen. Unique: event_id,side,price.';
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
COMMENT ON COLUMN "raw"."book_deltas"."venue" IS 'Venue of the instrument.';
COMMENT ON COLUMN "raw"."book_deltas"."market" IS 'Market of the instrument.';
COMMENT ON COLUMN "raw"."book_deltas"."symbol" IS 'Symbol of the instrument.';
