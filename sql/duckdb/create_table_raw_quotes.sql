-- Rendered from marketdata_platform/core/datasets by `marketdata schema --write`: do not edit.
-- Unique key, kept by append: event_id. Order: ts_event, sequence, event_id.
-- Constraints, kept by append (a row that breaks one goes to meta.quarantine):
--   event_id_present: event_id <> ''
--   bid_quantity_not_negative: bid_quantity >= 0
--   ask_quantity_not_negative: ask_quantity >= 0
CREATE SCHEMA IF NOT EXISTS "raw";
CREATE TABLE IF NOT EXISTS "raw"."quotes" (
    "ts_event" TIMESTAMPTZ NOT NULL,
    "ts_recv" TIMESTAMPTZ,
    "event_id_text" VARCHAR,
    "event_id" VARCHAR GENERATED ALWAYS AS (coalesce("event_id_text", CAST("sequence" AS VARCHAR))) VIRTUAL,
    "sequence" BIGINT,
    "bid_price" DECIMAL(18, 8),
    "bid_quantity" DECIMAL(20, 8),
    "ask_price" DECIMAL(18, 8),
    "ask_quantity" DECIMAL(20, 8),
    "spread" DECIMAL(18, 8),
    "mid" DECIMAL(28, 9),
    "imbalance" DECIMAL(38, 18)
);
COMMENT ON TABLE "raw"."quotes" IS 'Top of the book at every change, with its spread, middle and imbalance. A side without orders is null. Unique: event_id.';
COMMENT ON COLUMN "raw"."quotes"."event_id_text" IS 'event_id, where it is not the sequence as text; else null.';
COMMENT ON COLUMN "raw"."quotes"."ts_event" IS 'Exchange time, UTC, microseconds; where the venue gives none, the first receipt.';
COMMENT ON COLUMN "raw"."quotes"."ts_recv" IS 'First receipt over all recordings by their own clocks; null where those had been stepped. Never order by it.';
COMMENT ON COLUMN "raw"."quotes"."event_id" IS 'The venue''s number of the event, else its time and content: equal in all recordings.';
COMMENT ON COLUMN "raw"."quotes"."sequence" IS 'The venue''s number of the event, where it has one.';
COMMENT ON COLUMN "raw"."quotes"."bid_price" IS 'Best bid.';
COMMENT ON COLUMN "raw"."quotes"."bid_quantity" IS 'Quantity at the best bid, in the venue''s unit.';
COMMENT ON COLUMN "raw"."quotes"."ask_price" IS 'Best ask.';
COMMENT ON COLUMN "raw"."quotes"."ask_quantity" IS 'Quantity at the best ask, in the venue''s unit.';
COMMENT ON COLUMN "raw"."quotes"."spread" IS 'ask_price − bid_price, exact; negative while a venue''s book is crossed.';
COMMENT ON COLUMN "raw"."quotes"."mid" IS '(bid_price + ask_price) / 2, exact.';
COMMENT ON COLUMN "raw"."quotes"."imbalance" IS '(bid_quantity − ask_quantity) / (bid_quantity + ask_quantity), cut at 18 decimals; null when both are 0.';
