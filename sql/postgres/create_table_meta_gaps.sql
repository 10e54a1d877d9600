-- Rendered from marketdata_platform/core/datasets by `marketdata schema --write`: do not edit.
-- Unique in an instrument, kept by append: gap_id. Order: from_time, gap_id.
CREATE SCHEMA IF NOT EXISTS "meta";
CREATE TABLE IF NOT EXISTS "meta"."gaps" (
    "venue" text COLLATE "C" NOT NULL,
    "market" text COLLATE "C" NOT NULL,
    "symbol" text COLLATE "C" NOT NULL,
    "gap_id" text COLLATE "C" NOT NULL,
    "dataset" text COLLATE "C" NOT NULL,
    "first_missing" bigint,
    "last_missing" bigint,
    "from_time" timestamptz NOT NULL,
    "to_time" timestamptz NOT NULL,
    "missing" bigint,
    "detected_by" text COLLATE "C" NOT NULL,
    "status" text COLLATE "C" NOT NULL,
    "reason" text COLLATE "C",
    "attempts" bigint NOT NULL,
    "opened_at" timestamptz NOT NULL,
    "closed_at" timestamptz,
    CONSTRAINT "status_known" CHECK ("status" IN ('open', 'repaired', 'irreparable'))
);
CREATE UNIQUE INDEX IF NOT EXISTS "gaps_key" ON "meta"."gaps" ("venue", "market", "symbol", "gap_id");
COMMENT ON TABLE "meta"."gaps" IS 'The gap ledger: what no gatherer saw, and what became of it. Unique: gap_id.';
COMMENT ON COLUMN "meta"."gaps"."gap_id" IS 'Name of the gap, stable while its status changes.';
COMMENT ON COLUMN "meta"."gaps"."dataset" IS 'Dataset with the hole.';
COMMENT ON COLUMN "meta"."gaps"."first_missing" IS 'First id that is missing, where the venue numbers.';
COMMENT ON COLUMN "meta"."gaps"."last_missing" IS 'Last id that is missing, where the venue numbers.';
COMMENT ON COLUMN "meta"."gaps"."from_time" IS 'Time of the last record before the hole.';
COMMENT ON COLUMN "meta"."gaps"."to_time" IS 'Time of the first record after it.';
COMMENT ON COLUMN "meta"."gaps"."missing" IS 'Records missing, where that is known.';
COMMENT ON COLUMN "meta"."gaps"."detected_by" IS 'What noticed it: `landing:ids`, `landing:book`, `landing:silence`, `import`.';
COMMENT ON COLUMN "meta"."gaps"."status" IS 'What became of it.';
COMMENT ON COLUMN "meta"."gaps"."reason" IS 'Why it is irreparable, or the last attempt failed.';
COMMENT ON COLUMN "meta"."gaps"."attempts" IS 'Repairs that were tried.';
COMMENT ON COLUMN "meta"."gaps"."opened_at" IS 'When it was written here first.';
COMMENT ON COLUMN "meta"."gaps"."closed_at" IS 'When its status left `open`.';
COMMENT ON COLUMN "meta"."gaps"."venue" IS 'Venue of the instrument.';
COMMENT ON COLUMN "meta"."gaps"."market" IS 'Market of the instrument.';
COMMENT ON COLUMN "meta"."gaps"."symbol" IS 'Symbol of the instrument.';
