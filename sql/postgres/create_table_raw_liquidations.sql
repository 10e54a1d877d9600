-- Rendered from marketdata_platform/core/datasets by `marketdata schema --write`: do not edit.
-- Unique in an instrument, kept by append: event_id. Order: ts_event, sequence, event_id.
-- One partition a month (UTC), made ahead and when rows need it.
CREATE SCHEMA IF NOT EXISTS "raw";
CREATE TABLE IF NOT EXISTS "raw"."liquidations" (
    "venue" text COLLATE "C" NOT NULL,
    "market" text COLLATE "C" NOT NULL,
    "symbol" text COLLATE "C" NOT NULL,
    "ts_event" timestamptz NOT NULL,
    "ts_recv" timestamptz,
    "event_id" text COLLATE "C" NOT NULL,
    "sequence" bigint,
    "side" text COLLATE "C" NOT NULL,
    "price" numeric(18,8) NOT NULL,
    "quantity" numeric(20,8) NOT NULL,
    "average_price" numeric(18,8),
    "filled_quantity" numeric(20,8),
    "order_status" text COLLATE "C",
    CONSTRAINT "event_id_present" CHECK (event_id <> ''),
    CONSTRAINT "quantity_positive" CHECK (quantity > 0),
    CONSTRAINT "price_not_negative" CHECK (price >= 0),
    CONSTRAINT "side_known" CHECK ("side" IN ('buy', 'sell'))
) PARTITION BY RANGE ("ts_event");
CREATE TABLE IF NOT EXISTS "raw"."liquidations_default" PARTITION OF "raw"."liquidations" DEFAULT;
CREATE UNIQUE INDEX IF NOT EXISTS "liquidations_key" ON "raw"."liquidations" ("venue", "market", "symbol", "ts_event", "event_id");
CREATE INDEX IF NOT EXISTS "liquidations_id" ON "raw"."liquidations" ("event_id");
COMMENT ON TABLE "raw"."liquidations" IS 'Orders by which the venue closed positions that ran out of margin. Unique: event_id.';
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
COMMENT ON COLUMN "raw"."liquidations"."venue" IS 'Venue of the instrument.';
COMMENT ON COLUMN "raw"."liquidations"."market" IS 'Market of the instrument.';
COMMENT ON COLUMN "raw"."liquidations"."symbol" IS 'Symbol of the instrument.';
