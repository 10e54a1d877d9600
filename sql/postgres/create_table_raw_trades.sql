-- Rendered from marketdata_platform/core/datasets by `marketdata schema --write`: do not edit.
-- Unique in an instrument, kept by append: trade_id. Order: ts_event, sequence, trade_id.
-- One partition a month (UTC), made ahead and when rows need it.
CREATE SCHEMA IF NOT EXISTS "raw";
CREATE TABLE IF NOT EXISTS "raw"."trades" (
    "venue" text COLLATE "C" NOT NULL,
    "market" text COLLATE "C" NOT NULL,
    "symbol" text COLLATE "C" NOT NULL,
    "ts_event" timestamptz NOT NULL,
    "ts_recv" timestamptz,
    "trade_id" text COLLATE "C" NOT NULL,
    "sequence" bigint,
    "price" numeric(18,8) NOT NULL,
    "quantity" numeric(20,8) NOT NULL,
    "side" text COLLATE "C" NOT NULL,
    "condition" text COLLATE "C",
    "first_trade_id" bigint,
    "last_trade_id" bigint,
    CONSTRAINT "price_positive" CHECK (price > 0),
    CONSTRAINT "quantity_positive" CHECK (quantity > 0),
    CONSTRAINT "quantity_fits" CHECK (quantity <= 92233720368.54775807),
    CONSTRAINT "side_known" CHECK (side IN ('buy', 'sell', 'unknown')),
    CONSTRAINT "trade_id_present" CHECK (trade_id <> ''),
    CONSTRAINT "aggregate_range" CHECK (last_trade_id >= first_trade_id)
) PARTITION BY RANGE ("ts_event");
CREATE TABLE IF NOT EXISTS "raw"."trades_default" PARTITION OF "raw"."trades" DEFAULT;
CREATE UNIQUE INDEX IF NOT EXISTS "trades_key" ON "raw"."trades" ("venue", "market", "symbol", "ts_event", "trade_id");
CREATE INDEX IF NOT EXISTS "trades_id" ON "raw"."trades" ("trade_id");
COMMENT ON TABLE "raw"."trades" IS 'Every trade the venue reported, one row per trade or aggregate trade, in exchange time. Unique: trade_id.';
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
COMMENT ON COLUMN "raw"."trades"."venue" IS 'Venue of the instrument.';
COMMENT ON COLUMN "raw"."trades"."market" IS 'Market of the instrument.';
COMMENT ON COLUMN "raw"."trades"."symbol" IS 'Symbol of the instrument.';
