-- Rendered from marketdata_platform/core/datasets by `marketdata schema --write`: do not edit.
-- Unique key, kept by append: gatherer. Order: gatherer.
CREATE SCHEMA IF NOT EXISTS "meta";
CREATE TABLE IF NOT EXISTS "meta"."cursors" (
    "gatherer" VARCHAR NOT NULL,
    "position" VARCHAR NOT NULL,
    "state" BLOB,
    "ts_recv" TIMESTAMPTZ,
    "moved_at" TIMESTAMPTZ NOT NULL
);
COMMENT ON TABLE "meta"."cursors" IS 'How far each gatherer''s recording has been landed; committed in the same transaction as the rows. Unique: gatherer.';
COMMENT ON COLUMN "meta"."cursors"."gatherer" IS 'The gatherer whose journal or database is read.';
COMMENT ON COLUMN "meta"."cursors"."position" IS 'Where reading goes on: `segment:offset` of a journal, else the source''s own text.';
COMMENT ON COLUMN "meta"."cursors"."state" IS 'What decoding must remember over a cut of the stream; null: nothing.';
COMMENT ON COLUMN "meta"."cursors"."ts_recv" IS 'Receipt of the last frame before the position.';
COMMENT ON COLUMN "meta"."cursors"."moved_at" IS 'When the cursor was moved.';
