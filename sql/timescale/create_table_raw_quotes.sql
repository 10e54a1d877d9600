-- Rendered from marketdata_platform/core/datasets by `marketdata schema --write`: do not edit.
-- Unique in an instrument, kept by append: event_id. Order: ts_event, sequence, event_id.
CREATE SCHEMA IF NOT EXISTS "raw";
CREATE TABLE IF NOT EXISTS "raw"."quotes" (
    "venue" text COLLATE "C" NOT NULL,
    "market" text COLLATE "C" NOT NULL,
    "symbol" text COLLATE "C" NOT NULL,
    "ts_event" timestamptz NOT NULL,
    "ts_recv" timestamptz,
    "event_id" text COLLATE "C" NOT NULL,
    "sequence" bigint,
    "bid_price" numeric(18,8),
    "bid_quantity" numeric(20,8),
    "ask_price" numeric(18,8),
    "ask_quantity" numeric(20,8),
    "spread" numeric(18,8),
    "mid" numeric(28,9),
    "imbalance" numeric(38,18),
    CONSTRAINT "event_id_present" CHECK (event_id <> ''),
    CONSTRAINT "bid_quantity_not_negative" CHECK (bid_quantity >= 0),
    CONSTRAINT "ask_quantity_not_negative" CHECK (ask_quantity >= 0)
);
SELECT create_hypertable('raw."quotes"', by_range('ts_event', INTERVAL '1 hours'), create_default_indexes => false, if_not_exists => true);
CREATE UNIQUE INDEX IF NOT EXISTS "quotes_key" ON "raw"."quotes" ("venue", "market", "symbol", "ts_event", "event_id");
CREATE INDEX IF NOT EXISTS "quotes_id" ON "raw"."quotes" ("event_id");
COMMENT ON TABLE "raw"."quotes" IS 'Top of the book at every change, with its spread, middle and imbalance. A side without orders is null. Unique: event_id.';
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
COMMENT ON COLUMN "raw"."quotes"."venue" IS 'Venue of the instrument.';
COMMENT ON COLUMN "raw"."quotes"."market" IS 'Market of the instrument.';
COMMENT ON COLUMN "raw"."quotes"."symbol" IS 'Symbol of the instrument.';
