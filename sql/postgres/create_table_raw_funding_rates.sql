-- Rendered from marketdata_platform/core/datasets by `marketdata schema --write`: do not edit.
-- Unique in an instrument, kept by append: event_id. Order: ts_event, sequence, event_id.
-- One partition a month (UTC), made ahead and when rows need it.
CREATE SCHEMA IF NOT EXISTS "raw";
CREATE TABLE IF NOT EXISTS "raw"."funding_rates" (
    "venue" text COLLATE "C" NOT NULL,
    "market" text COLLATE "C" NOT NULL,
    "symbol" text COLLATE "C" NOT NULL,
    "ts_event" timestamptz NOT NULL,
    "ts_recv" timestamptz,
    "event_id" text COLLATE "C" NOT NULL,
    "sequence" bigint,
    "rate" numeric(18,12),
    "rate_8h" numeric(18,12),
    "mark_price" numeric(18,8),
    "index_price" numeric(18,8),
    "next_funding_time" timestamptz,
    CONSTRAINT "event_id_present" CHECK (event_id <> ''),
    CONSTRAINT "rate_or_time" CHECK (rate IS NOT NULL OR rate_8h IS NOT NULL OR next_funding_time IS NOT NULL)
) PARTITION BY RANGE ("ts_event");
CREATE TABLE IF NOT EXISTS "raw"."funding_rates_default" PARTITION OF "raw"."funding_rates" DEFAULT;
CREATE UNIQUE INDEX IF NOT EXISTS "funding_rates_key" ON "raw"."funding_rates" ("venue", "market", "symbol", "ts_event", "event_id");
CREATE INDEX IF NOT EXISTS "funding_rates_id" ON "raw"."funding_rates" ("event_id");
COMMENT ON TABLE "raw"."funding_rates" IS 'Funding rates of perpetuals as they are announced, beside the mark and index price of the moment. Unique: event_id.';
COMMENT ON COLUMN "raw"."funding_rates"."ts_event" IS 'Exchange time, UTC, microseconds.';
COMMENT ON COLUMN "raw"."funding_rates"."ts_recv" IS 'First receipt over all recordings by their own clocks; null where those had been stepped. Never order by it.';
COMMENT ON COLUMN "raw"."funding_rates"."event_id" IS 'The venue''s number of the event, else its time and content: equal in all recordings.';
COMMENT ON COLUMN "raw"."funding_rates"."sequence" IS 'The venue''s number of the event, where it has one.';
COMMENT ON COLUMN "raw"."funding_rates"."rate" IS 'Rate of the period that ends at `next_funding_time`, as a fraction.';
COMMENT ON COLUMN "raw"."funding_rates"."rate_8h" IS 'Rate over the last eight hours, as a fraction, where the venue gives it.';
COMMENT ON COLUMN "raw"."funding_rates"."mark_price" IS 'Mark price, where the message has it.';
COMMENT ON COLUMN "raw"."funding_rates"."index_price" IS 'Index price, where the message has it.';
COMMENT ON COLUMN "raw"."funding_rates"."next_funding_time" IS 'When it is paid next; null where funding is paid continuously.';
COMMENT ON COLUMN "raw"."funding_rates"."venue" IS 'Venue of the instrument.';
COMMENT ON COLUMN "raw"."funding_rates"."market" IS 'Market of the instrument.';
COMMENT ON COLUMN "raw"."funding_rates"."symbol" IS 'Symbol of the instrument.';
