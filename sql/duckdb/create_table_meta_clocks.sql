-- Rendered from marketdata_platform/core/datasets by `marketdata schema --write`: do not edit.
-- Unique key, kept by append: gatherer, position, kind, against. Order: measured_at, position.
CREATE SCHEMA IF NOT EXISTS "meta";
CREATE TABLE IF NOT EXISTS "meta"."clocks" (
    "gatherer" VARCHAR NOT NULL,
    "position" VARCHAR NOT NULL,
    "kind" VARCHAR NOT NULL,
    "against" VARCHAR NOT NULL,
    "offset_us" BIGINT NOT NULL,
    "round_trip_us" BIGINT,
    "measured_at" TIMESTAMPTZ NOT NULL
);
COMMENT ON TABLE "meta"."clocks" IS 'A gatherer''s wall clock against a venue''s, and its steps: receive times near a step are not to be trusted. Unique: gatherer, position, kind, against.';
COMMENT ON COLUMN "meta"."clocks"."gatherer" IS 'The gatherer.';
COMMENT ON COLUMN "meta"."clocks"."position" IS 'Place in its journal.';
COMMENT ON COLUMN "meta"."clocks"."kind" IS '`offset`: measured against a venue; `step`: the wall clock jumped.';
COMMENT ON COLUMN "meta"."clocks"."against" IS 'Venue measured against; empty for a step.';
COMMENT ON COLUMN "meta"."clocks"."offset_us" IS 'Local minus venue time, or size of the step, µs.';
COMMENT ON COLUMN "meta"."clocks"."round_trip_us" IS 'Round trip of the measurement: its uncertainty, µs.';
COMMENT ON COLUMN "meta"."clocks"."measured_at" IS 'Wall clock of the gatherer.';
