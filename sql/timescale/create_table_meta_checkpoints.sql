-- Rendered from marketdata_platform/core/datasets by `marketdata schema --write`: do not edit.
-- Unique in an instrument, kept by append: dataset, day. Order: dataset, day.
CREATE SCHEMA IF NOT EXISTS "meta";
CREATE TABLE IF NOT EXISTS "meta"."checkpoints" (
    "venue" text COLLATE "C" NOT NULL,
    "market" text COLLATE "C" NOT NULL,
    "symbol" text COLLATE "C" NOT NULL,
    "dataset" text COLLATE "C" NOT NULL,
    "day" date NOT NULL,
    "fingerprint" text COLLATE "C" NOT NULL,
    "state" bytea NOT NULL,
    "state_digest" text COLLATE "C" NOT NULL,
    "rows" bigint
);
CREATE UNIQUE INDEX IF NOT EXISTS "checkpoints_key" ON "meta"."checkpoints" ("venue", "market", "symbol", "dataset", "day");
COMMENT ON TABLE "meta"."checkpoints" IS 'State of a derived series at a day''s end, with the fingerprint of all that it depends on. Unique: dataset,day.';
COMMENT ON COLUMN "meta"."checkpoints"."dataset" IS 'The derived dataset.';
COMMENT ON COLUMN "meta"."checkpoints"."day" IS 'UTC day at whose end the state holds.';
COMMENT ON COLUMN "meta"."checkpoints"."fingerprint" IS 'Hash of parameters, the state before the day and the day''s trades.';
COMMENT ON COLUMN "meta"."checkpoints"."state" IS 'The fold''s state, as its kernel writes it.';
COMMENT ON COLUMN "meta"."checkpoints"."state_digest" IS 'sha256 of `state`: a later day''s fingerprint needs this, not the state itself.';
COMMENT ON COLUMN "meta"."checkpoints"."rows" IS 'Rows that the day gives; null where they were not written: only passed.';
COMMENT ON COLUMN "meta"."checkpoints"."venue" IS 'Venue of the instrument.';
COMMENT ON COLUMN "meta"."checkpoints"."market" IS 'Market of the instrument.';
COMMENT ON COLUMN "meta"."checkpoints"."symbol" IS 'Symbol of the instrument.';
