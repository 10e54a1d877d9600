-- Rendered from marketdata_platform/core/datasets by `marketdata schema --write`: do not edit.
-- Unique in an instrument, kept by append: sha256. Order: covers_from, source.
CREATE SCHEMA IF NOT EXISTS "meta";
CREATE TABLE IF NOT EXISTS "meta"."imports" (
    "venue" text COLLATE "C" NOT NULL,
    "market" text COLLATE "C" NOT NULL,
    "symbol" text COLLATE "C" NOT NULL,
    "sha256" text COLLATE "C" NOT NULL,
    "source" text COLLATE "C" NOT NULL,
    "format" text COLLATE "C" NOT NULL,
    "rows" bigint NOT NULL,
    "quarantined" bigint NOT NULL,
    "covers_from" timestamptz,
    "covers_to" timestamptz,
    "seconds" double precision,
    "imported_at" timestamptz NOT NULL
);
CREATE UNIQUE INDEX IF NOT EXISTS "imports_key" ON "meta"."imports" ("venue", "market", "symbol", "sha256");
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
COMMENT ON COLUMN "meta"."imports"."venue" IS 'Venue of the instrument.';
COMMENT ON COLUMN "meta"."imports"."market" IS 'Market of the instrument.';
COMMENT ON COLUMN "meta"."imports"."symbol" IS 'Symbol of the instrument.';
