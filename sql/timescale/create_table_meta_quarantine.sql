-- Rendered from marketdata_platform/core/datasets by `marketdata schema --write`: do not edit.
-- Unique in an instrument, kept by append: dataset, source, position, reason. Order: source, position.
CREATE SCHEMA IF NOT EXISTS "meta";
CREATE TABLE IF NOT EXISTS "meta"."quarantine" (
    "venue" text COLLATE "C" NOT NULL,
    "market" text COLLATE "C" NOT NULL,
    "symbol" text COLLATE "C" NOT NULL,
    "dataset" text COLLATE "C" NOT NULL,
    "source" text COLLATE "C" NOT NULL,
    "position" bigint NOT NULL,
    "reason" text COLLATE "C" NOT NULL,
    "payload" text COLLATE "C" NOT NULL,
    "ts_event" timestamptz,
    "quarantined_at" timestamptz NOT NULL
);
CREATE UNIQUE INDEX IF NOT EXISTS "quarantine_key" ON "meta"."quarantine" ("venue", "market", "symbol", "dataset", "source", "position", "reason");
COMMENT ON TABLE "meta"."quarantine" IS 'Rows and frames that could not be stored, with where they came from and why. Nothing is dropped silently. Unique: dataset,source,position,reason.';
COMMENT ON COLUMN "meta"."quarantine"."dataset" IS 'Dataset that the row was meant for.';
COMMENT ON COLUMN "meta"."quarantine"."source" IS 'File name or stream it came from.';
COMMENT ON COLUMN "meta"."quarantine"."position" IS 'Line (from 1) in the decompressed source, or offset.';
COMMENT ON COLUMN "meta"."quarantine"."reason" IS 'Why it was not stored, e.g. `conflict: price differs`.';
COMMENT ON COLUMN "meta"."quarantine"."payload" IS 'The row or frame as it was read, cut at 4,096 characters.';
COMMENT ON COLUMN "meta"."quarantine"."ts_event" IS 'Exchange time, where it could be read.';
COMMENT ON COLUMN "meta"."quarantine"."quarantined_at" IS 'When it was put here.';
COMMENT ON COLUMN "meta"."quarantine"."venue" IS 'Venue of the instrument.';
COMMENT ON COLUMN "meta"."quarantine"."market" IS 'Market of the instrument.';
COMMENT ON COLUMN "meta"."quarantine"."symbol" IS 'Symbol of the instrument.';
