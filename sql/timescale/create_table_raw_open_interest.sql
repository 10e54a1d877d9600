-- Rendered from marketdata_platform/core/datasets by `marketdata schema --write`: do not edit.
-- Unique in an instrument, kept by append: event_id. Order: ts_event, sequence, event_id.
CREATE SCHEMA IF NOT EXISTS "raw";
CREATE TABLE IF NOT EXISTS "raw"."open_interest" (
    "venue" text COLLATE "C" NOT NULL,
    "market" text COLLATE "C" NOT NULL,
    "symbol" text COLLATE "C" NOT NULL,
    "ts_event" timestamptz NOT NULL,
    "ts_recv" timestamptz,
    "event_id" text COLLATE "C" NOT NULL,
    "sequence" bigint,
    "open_interest" numeric(38,8),
    "value" numeric(38,16),
    CONSTRAINT "event_id_present" CHECK (event_id <> ''),
    CONSTRAINT "open_interest_not_negative" CHECK (open_interest >= 0),
    CONSTRAINT "value_not_negative" CHECK (value >= 0),
    CONSTRAINT "one_given" CHECK (open_interest IS NOT NULL OR value IS NOT NULL)
);
SELECT create_hypertable('raw."open_interest"', by_range('ts_event', INTERVAL '1 days'), create_default_indexes => false, if_not_exists => true);
CREATE UNIQUE INDEX IF NOT EXISTS "open_interest_key" ON "raw"."open_interest" ("venue", "market", "symbol", "ts_event", "event_id");
CREATE INDEX IF NOT EXISTS "open_interest_id" ON "raw"."open_interest" ("event_id");
COMMENT ON TABLE "raw"."open_interest" IS 'Open contracts and what they are worth. Unique: event_id.';
COMMENT ON COLUMN "raw"."open_interest"."ts_event" IS 'Exchange time, UTC, microseconds.';
COMMENT ON COLUMN "raw"."open_interest"."ts_recv" IS 'First receipt over all recordings by their own clocks; null where those had been stepped. Never order by it.';
COMMENT ON COLUMN "raw"."open_interest"."event_id" IS 'The venue''s number of the event, else its time and content: equal in all recordings.';
COMMENT ON COLUMN "raw"."open_interest"."sequence" IS 'The venue''s number of the event, where it has one.';
COMMENT ON COLUMN "raw"."open_interest"."open_interest" IS 'Open positions in the venue''s unit: contracts, base or quote currency.';
COMMENT ON COLUMN "raw"."open_interest"."value" IS 'Their value in quote currency, where the venue gives it.';
COMMENT ON COLUMN "raw"."open_interest"."venue" IS 'Venue of the instrument.';
COMMENT ON COLUMN "raw"."open_interest"."market" IS 'Market of the instrument.';
COMMENT ON COLUMN "raw"."open_interest"."symbol" IS 'Symbol of the instrument.';
