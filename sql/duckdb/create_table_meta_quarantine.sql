-- Rendered from marketdata_platform/core/datasets by `marketdata schema --write`: do not edit.
-- Unique key, kept by append: dataset, source, position, reason. Order: source, position.
CREATE SCHEMA IF NOT EXISTS "meta";
CREATE TABLE IF NOT EXISTS "meta"."quarantine" (
    "dataset" VARCHAR NOT NULL,
    "source" VARCHAR NOT NULL,
    "position" BIGINT NOT NULL,
    "reason" VARCHAR NOT NULL,
    "payload" VARCHAR NOT NULL,
    "ts_event" TIMESTAMPTZ,
    "quarantined_at" TIMESTAMPTZ NOT NULL
);
COMMENT ON TABLE "meta"."quarantine" IS 'Rows and frames that could not be stored, with where they came from and why. Nothing is dropped silently. Unique: dataset, source, position, reason.';
COMMENT ON COLUMN "meta"."quarantine"."dataset" IS 'Dataset that the row was meant for.';
COMMENT ON COLUMN "meta"."quarantine"."source" IS 'File name or stream it came from.';
COMMENT ON COLUMN "meta"."quarantine"."position" IS 'Line (from 1) in the decompressed source, or offset.';
COMMENT ON COLUMN "meta"."quarantine"."reason" IS 'Why it was not stored, e.g. `conflict: price differs`.';
COMMENT ON COLUMN "meta"."quarantine"."payload" IS 'The row or frame as it was read, cut at 4,096 characters.';
COMMENT ON COLUMN "meta"."quarantine"."ts_event" IS 'Exchange time, where it could be read.';
COMMENT ON COLUMN "meta"."quarantine"."quarantined_at" IS 'When it was put here.';
