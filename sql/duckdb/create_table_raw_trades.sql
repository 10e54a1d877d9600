-- Rendered from marketdata_platform/core/datasets by `marketdata schema --write`: do not edit.
-- Unique key, kept by append: trade_id. Order: ts_event, sequence, trade_id.
-- Constraints, kept by append (a row that breaks one goes to meta.quarantine):
--   price_positive: price > 0
--   quantity_positive: quantity > 0
--   quantity_fits: quantity <= 92233720368.54775807
--   side_known: side IN ('buy', 'sell', 'unknown')
--   trade_id_present: trade_id <> ''
--   aggregate_range: last_trade_id >= first_trade_id
CREATE SCHEMA IF NOT EXISTS "raw";
CREATE TABLE IF NOT EXISTS "raw"."trades" (
    "ts_event" TIMESTAMPTZ NOT NULL,
    "ts_recv" TIMESTAMPTZ,
    "trade_id_text" VARCHAR,
    "trade_id" VARCHAR GENERATED ALWAYS AS (coalesce("trade_id_text", CAST("sequence" AS VARCHAR))) VIRTUAL,
    "sequence" BIGINT,
    "price" DECIMAL(18, 8) NOT NULL,
    "quantity" DECIMAL(20, 8) NOT NULL,
    "side" VARCHAR NOT NULL,
    "condition" VARCHAR,
    "first_trade_id" BIGINT,
    "last_trade_id" BIGINT
);
COMMENT ON TABLE "raw"."trades" IS 'Every trade the venue reported, one row per trade or aggregate trade, in exchange time. Unique: trade_id.';
COMMENT ON COLUMN "raw"."trades"."trade_id_text" IS 'trade_id, where it is not the sequence as text; else null.';
COMMENT ON COLUMN "raw"."trades"."ts_event" IS 'Exchange time of the trade, UTC, microseconds.';
COMMENT ON COLUMN "raw"."trades"."ts_recv" IS 'First receipt over all recordings by their own clocks; null for dumps, and where a recorder''s clock had been stepped. Never order by it.';
COMMENT ON COLUMN "raw"."trades"."trade_id" IS 'The venue''s trade id as text; of an aggregate trade, the aggregate''s id.';
COMMENT ON COLUMN "raw"."trades"."sequence" IS 'Order among trades of one moment: the trade id where that is a number, else the position among the trades of the same time, oldest first. Null where nothing shows it.';
COMMENT ON COLUMN "raw"."trades"."price" IS 'Price in quote currency.';
COMMENT ON COLUMN "raw"."trades"."quantity" IS 'Quantity in the venue''s unit: base currency, or contracts for inverse futures.';
COMMENT ON COLUMN "raw"."trades"."side" IS 'The taker''s side.';
COMMENT ON COLUMN "raw"."trades"."condition" IS 'Null for an ordinary trade; else the venue''s mark, lower case (`insurance_fund`): it keeps its place in the id sequence and enters no bar.';
COMMENT ON COLUMN "raw"."trades"."first_trade_id" IS 'Of an aggregate trade: first trade id in it; else null.';
COMMENT ON COLUMN "raw"."trades"."last_trade_id" IS 'Of an aggregate trade: last trade id in it; else null.';
