-- Rendered from marketdata_platform/core/datasets by `marketdata schema --write`: do not edit.
-- Unique in an instrument, kept by append: gatherer, position, kind, against. Order: measured_at, position.
CREATE SCHEMA IF NOT EXISTS "meta";
CREATE TABLE IF NOT EXISTS "meta"."clocks" (
    "venue" text COLLATE "C" NOT NULL,
    "market" text COLLATE "C" NOT NULL,
    "symbol" text COLLATE "C" NOT NULL,
    "gatherer" text COLLATE "C" NOT NULL,
    "position" text COLLATE "C" NOT NULL,
    "kind" text COLLATE "C" NOT NULL,
    "against" text COLLATE "C" NOT NULL,
    "offset_us" bigint NOT NULL,
    "round_trip_us" bigint,
    "measured_at" timestamptz NOT NULL
);
CREATE UNIQUE INDEX IF NOT EXISTS "clocks_key" ON "meta"."clocks" ("venue", "market", "symbol", "gatherer", "position", "kind", "against");
COMMENT ON TABLE "meta"."clocks" IS 'A gatherer''s wall clock against a venue''s, and its steps: receive times near a step are not to be trusted. Unique: gatherer,position,kind,against.';
COMMENT ON COLUMN "meta"."clocks"."gatherer" IS 'The gatherer.';
COMMENT ON COLUMN "meta"."clocks"."position" IS 'Place in its journal.';
COMMENT ON COLUMN "meta"."clocks"."kind" IS '`offset`: measured against a venue; `step`: the wall clock jumped.';
COMMENT ON COLUMN "meta"."clocks"."against" IS 'Venue measured against; empty for a step.';
COMMENT ON COLUMN "meta"."clocks"."offset_us" IS 'Local minus venue time, or size of the step, µs.';
COMMENT ON COLUMN "meta"."clocks"."round_trip_us" IS 'Round trip of the measurement: its uncertainty, µs.';
COMMENT ON COLUMN "meta"."clocks"."measured_at" IS 'Wall clock of the gatherer.';
COMMENT ON COLUMN "meta"."clocks"."venue" IS 'Venue of the instrument.';
COMMENT ON COLUMN "meta"."clocks"."market" IS 'Market of the instrument.';
COMMENT ON COLUMN "meta"."clocks"."symbol" IS 'Symbol of the instrument.';
