-- Rendered from marketdata_platform/core/datasets by `marketdata schema --write`: do not edit.
-- Unique key, kept by append: event_id. Order: ts_event, sequence, event_id.
-- Constraints, kept by append (a row that breaks one goes to meta.quarantine):
--   event_id_present: event_id <> ''
--   quantity_positive: quantity > 0
--   price_not_negative: price >= 0
CREATE SCHEMA IF NOT EXISTS "raw";
CREATE TABLE IF NOT EXISTS "raw"."liquidations" (
    "ts_event" TIMESTAMPTZ NOT NULL,
    "ts_recv" TIMESTAMPTZ,
    "event_id_text" VARCHAR,
    "event_id" VARCHAR GENERATED ALWAYS AS (coalesce("event_id_text", CAST("sequence" AS VARCHAR))) VIRTUAL,
    "sequence" BIGINT,
    "side" VARCHAR NOT NULL,
    "price" DECIMAL(18, 8) NOT NULL,
    "quantity" DECIMAL(20, 8) NOT NULL,
    "average_price" DECIMAL(18, 8),
    "filled_quantity" DECIMAL(20, 8),
    "order_status" VARCHAR
);
COMMENT ON TABLE "raw"."liquidations" IS 'Orders by which the venue closed positions that ran out of margin. Unique: event_id.';
COMMENT ON COLUMN "raw"."liquidations"."event_id_text" IS 'event_id, where it is not the sequence as text; else null.';
COMMENT ON COLUMN "raw"."liquidations"."ts_event" IS 'Exchange time, UTC, microseconds.';
COMMENT ON COLUMN "raw"."liquidations"."ts_recv" IS 'First receipt over all recordings by their own clocks; null where those had been stepped. Never order by it.';
COMMENT ON COLUMN "raw"."liquidations"."event_id" IS 'The venue''s number of the event, else its time and content: equal in all recordings.';
COMMENT ON COLUMN "raw"."liquidations"."sequence" IS 'The venue''s number of the event, where it has one.';
COMMENT ON COLUMN "raw"."liquidations"."side" IS 'Side of the closing order: `sell` closes a long.';
COMMENT ON COLUMN "raw"."liquidations"."price" IS 'Price of the order, or of the trade where the venue reports trades.';
COMMENT ON COLUMN "raw"."liquidations"."quantity" IS 'Quantity in the venue''s unit.';
COMMENT ON COLUMN "raw"."liquidations"."average_price" IS 'Average price of what was filled.';
COMMENT ON COLUMN "raw"."liquidations"."filled_quantity" IS 'Quantity filled so far.';
COMMENT ON COLUMN "raw"."liquidations"."order_status" IS 'The venue''s word for the order''s state, lower case.';
