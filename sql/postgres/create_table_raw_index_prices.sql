-- Rendered from marketdata_platform/core/datasets by `marketdata schema --write`: do not edit.
-- Unique in an instrument, kept by append: event_id. Order: ts_event, sequence, event_id.
-- One partition a month (UTC), made ahead and when rows need it.
CREATE SCHEMA IF NOT EXISTS "raw";
CREATE TABLE IF NOT EXISTS "raw"."index_prices" (
    "venue" text COLLATE "C" NOT NULL,
    "market" text COLLATE "C" NOT NULL,
    "symbol" text COLLATE "C" NOT NULL,
    "ts_event" timestamptz NOT NULL,
    "ts_recv" timestamptz,
    "event_id" text COLLATE "C" NOT NULL,
    "sequence" bigint,
    "index_price" numeric(18,8),
    "mark_price" numeric(18,8),
    "settle_price" numeric(18,8),
    CONSTRAINT "event_id_present" CHECK (event_id <> ''),
    CONSTRAINT "one_given" CHECK (index_price IS NOT NULL OR mark_price IS NOT NULL)
) PARTITION BY RANGE ("ts_event");
CREATE TABLE IF NOT EXISTS "raw"."index_prices_default" PARTITION OF "raw"."index_prices" DEFAULT;
CREATE UNIQUE INDEX IF NOT EXISTS "index_prices_key" ON "raw"."index_prices" ("venue", "market", "symbol", "ts_event", "event_id");
CREATE INDEX IF NOT EXISTS "index_prices_id" ON "raw"."index_prices" ("event_id");
COMMENT ON TABLE "raw"."index_prices" IS 'Index and mark prices. Unique: event_id.';
COMMENT ON COLUMN "raw"."index_prices"."ts_event" IS 'Exchange time, UTC, microseconds.';
COMMENT ON COLUMN "raw"."index_prices"."ts_recv" IS 'First receipt over all recordings by their own clocks; null where those had been stepped. Never order by it.';
COMMENT ON COLUMN "raw"."index_prices"."event_id" IS 'The venue''s number of the event, else its time and content: equal in all recordings.';
COMMENT ON COLUMN "raw"."index_prices"."sequence" IS 'The venue''s number of the event, where it has one.';
COMMENT ON COLUMN "raw"."index_prices"."index_price" IS 'Price of the index under the instrument.';
COMMENT ON COLUMN "raw"."index_prices"."mark_price" IS 'Mark price of the instrument, by which margins are reckoned.';
COMMENT ON COLUMN "raw"."index_prices"."settle_price" IS 'Estimated settlement price.';
COMMENT ON COLUMN "raw"."index_prices"."venue" IS 'Venue of the instrument.';
COMMENT ON COLUMN "raw"."index_prices"."market" IS 'Market of the instrument.';
COMMENT ON COLUMN "raw"."index_prices"."symbol" IS 'Symbol of the instrument.';
