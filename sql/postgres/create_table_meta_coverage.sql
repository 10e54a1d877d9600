-- Rendered from marketdata_platform/core/datasets by `marketdata schema --write`: do not edit.
-- Unique in an instrument, kept by append: dataset, day. Order: dataset, day.
CREATE SCHEMA IF NOT EXISTS "meta";
CREATE TABLE IF NOT EXISTS "meta"."coverage" (
    "venue" text COLLATE "C" NOT NULL,
    "market" text COLLATE "C" NOT NULL,
    "symbol" text COLLATE "C" NOT NULL,
    "dataset" text COLLATE "C" NOT NULL,
    "day" date NOT NULL,
    "rows" bigint NOT NULL,
    "first_time" timestamptz NOT NULL,
    "last_time" timestamptz NOT NULL,
    "first_sequence" bigint,
    "last_sequence" bigint,
    "digest" text COLLATE "C" NOT NULL,
    "irregular" bigint NOT NULL
);
CREATE UNIQUE INDEX IF NOT EXISTS "coverage_key" ON "meta"."coverage" ("venue", "market", "symbol", "dataset", "day");
COMMENT ON TABLE "meta"."coverage" IS 'What the file holds, a row a dataset and UTC day, committed with every change of the rows. Unique: dataset,day.';
COMMENT ON COLUMN "meta"."coverage"."dataset" IS 'Dataset.';
COMMENT ON COLUMN "meta"."coverage"."day" IS 'UTC day.';
COMMENT ON COLUMN "meta"."coverage"."rows" IS 'Number of rows.';
COMMENT ON COLUMN "meta"."coverage"."first_time" IS 'Smallest time.';
COMMENT ON COLUMN "meta"."coverage"."last_time" IS 'Largest time.';
COMMENT ON COLUMN "meta"."coverage"."first_sequence" IS 'Smallest sequence, where the dataset has one.';
COMMENT ON COLUMN "meta"."coverage"."last_sequence" IS 'Largest sequence.';
COMMENT ON COLUMN "meta"."coverage"."digest" IS 'Order-independent hash of the rows, receive times left out; 32 hexadecimal digits.';
COMMENT ON COLUMN "meta"."coverage"."irregular" IS 'Rows whose sequence is not their id as a number.';
COMMENT ON COLUMN "meta"."coverage"."venue" IS 'Venue of the instrument.';
COMMENT ON COLUMN "meta"."coverage"."market" IS 'Market of the instrument.';
COMMENT ON COLUMN "meta"."coverage"."symbol" IS 'Symbol of the instrument.';
