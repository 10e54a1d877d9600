-- Rendered from marketdata_platform/core/datasets by `marketdata schema --write`: do not edit.
-- Unique in an instrument, kept by append: gatherer. Order: gatherer.
CREATE SCHEMA IF NOT EXISTS "meta";
CREATE TABLE IF NOT EXISTS "meta"."cursors" (
    "venue" text COLLATE "C" NOT NULL,
    "market" text COLLATE "C" NOT NULL,
    "symbol" text COLLATE "C" NOT NULL,
    "gatherer" text COLLATE "C" NOT NULL,
    "position" text COLLATE "C" NOT NULL,
    "state" bytea,
    "ts_recv" timestamptz,
    "moved_at" timestamptz NOT NULL
);
CREATE UNIQUE INDEX IF NOT EXISTS "cursors_key" ON "meta"."cursors" ("venue", "market", "symbol", "gatherer");
COMMENT ON TABLE "meta"."cursors" IS 'How far each gatherer''s recording has been landed; committed in the same transaction as the rows. Unique: gatherer.';
COMMENT ON COLUMN "meta"."cursors"."gatherer" IS 'The gatherer whose journal or database is read.';
COMMENT ON COLUMN "meta"."cursors"."position" IS 'Where reading goes on: `segment:offset` of a journal, else the source''s own text.';
COMMENT ON COLUMN "meta"."cursors"."state" IS 'What decoding must remember over a cut of the stream; null: nothing.';
COMMENT ON COLUMN "meta"."cursors"."ts_recv" IS 'Receipt of the last frame before the position.';
COMMENT ON COLUMN "meta"."cursors"."moved_at" IS 'When the cursor was moved.';
COMMENT ON COLUMN "meta"."cursors"."venue" IS 'Venue of the instrument.';
COMMENT ON COLUMN "meta"."cursors"."market" IS 'Market of the instrument.';
COMMENT ON COLUMN "meta"."cursors"."symbol" IS 'Symbol of the instrument.';
