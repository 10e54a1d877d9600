-- Rendered from marketdata_platform/core/datasets by `marketdata schema --write`: do not edit.
-- Unique key, kept by append: sha256. Order: covers_from, source.
CREATE SCHEMA IF NOT EXISTS "meta";
CREATE TABLE IF NOT EXISTS "meta"."imports" (
    "sha256" VARCHAR NOT NULL,
    "source" VARCHAR NOT NULL,
    "format" VARCHAR NOT NULL,
    "rows" BIGINT NOT NULL,
    "quarantined" BIGINT NOT NULL,
    "covers_from" TIMESTAMPTZ,
    "covers_to" TIMESTAMPTZ,
    "seconds" DOUBLE,
    "imported_at" TIMESTAMPTZ NOT NULL
);
COMMENT ON TABLE "meta"."imports" IS 'Which files were imported and what stretch of time each claims to cover; one row per file content. Unique: sha256.';
COMMENT ON COLUMN "meta"."imports"."sha256" IS 'Of the file as it lay on disk.';
COMMENT ON COLUMN "meta"."imports"."source" IS 'File name.';
COMMENT ON COLUMN "meta"."imports"."format" IS 'The format it was read as.';
COMMENT ON COLUMN "meta"."imports"."rows" IS 'Rows decoded for this instrument and dataset.';
COMMENT ON COLUMN "meta"."imports"."quarantined" IS 'Rows put into quarantine.';
COMMENT ON COLUMN "meta"."imports"."covers_from" IS 'Start of the stretch that the file records without a hole.';
COMMENT ON COLUMN "meta"."imports"."covers_to" IS 'End of that stretch, half-open.';
COMMENT ON COLUMN "meta"."imports"."seconds" IS 'How long the import took.';
COMMENT ON COLUMN "meta"."imports"."imported_at" IS 'When it was last imported.';
