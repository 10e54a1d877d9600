-- Rendered from marketdata_platform/core/datasets by `marketdata schema --write`: do not edit.
-- Unique in an instrument, kept by append: event_id. Order: ts_event, sequence, event_id.
-- One partition a month (UTC), made ahead and when rows need it.
CREATE SCHEMA IF NOT EXISTS "raw";
CREATE TABLE IF NOT EXISTS "raw"."tickers" (
    "venue" text COLLATE "C" NOT NULL,
    "market" text COLLATE "C" NOT NULL,
    "symbol" text COLLATE "C" NOT NULL,
    "ts_event" timestamptz NOT NULL,
    "ts_recv" timestamptz,
    "event_id" text COLLATE "C" NOT NULL,
    "sequence" bigint,
    "last_price" numeric(18,8),
    "bid_price" numeric(18,8),
    "bid_quantity" numeric(20,8),
    "ask_price" numeric(18,8),
    "ask_quantity" numeric(20,8),
    "mark_price" numeric(18,8),
    "index_price" numeric(18,8),
    "high_24h" numeric(18,8),
    "low_24h" numeric(18,8),
    "volume_24h" numeric(38,8),
    "quote_volume_24h" numeric(38,16),
    "open_interest" numeric(38,8),
    CONSTRAINT "event_id_present" CHECK (event_id <> ''),
    CONSTRAINT "bid_quantity_not_negative" CHECK (bid_quantity >= 0),
    CONSTRAINT "ask_quantity_not_negative" CHECK (ask_quantity >= 0),
    CONSTRAINT "volume_24h_not_negative" CHECK (volume_24h >= 0),
    CONSTRAINT "quote_volume_24h_not_negative" CHECK (quote_volume_24h >= 0),
    CONSTRAINT "open_interest_not_negative" CHECK (open_interest >= 0)
) PARTITION BY RANGE ("ts_event");
CREATE TABLE IF NOT EXISTS "raw"."tickers_default" PARTITION OF "raw"."tickers" DEFAULT;
CREATE UNIQUE INDEX IF NOT EXISTS "tickers_key" ON "raw"."tickers" ("venue", "market", "symbol", "ts_event", "event_id");
CREATE INDEX IF NOT EXISTS "tickers_id" ON "raw"."tickers" ("event_id");
COMMENT ON TABLE "raw"."tickers" IS 'The venue''s summary of an instrument. Null: this message did not say (venues send only what changed). Unique: event_id.';
COMMENT ON COLUMN "raw"."tickers"."ts_event" IS 'Exchange time, UTC, microseconds; where the venue gives none, the first receipt.';
COMMENT ON COLUMN "raw"."tickers"."ts_recv" IS 'First receipt over all recordings by their own clocks; null where those had been stepped. Never order by it.';
COMMENT ON COLUMN "raw"."tickers"."event_id" IS 'The venue''s number of the event, else its time and content: equal in all recordings.';
COMMENT ON COLUMN "raw"."tickers"."sequence" IS 'The venue''s number of the event, where it has one.';
COMMENT ON COLUMN "raw"."tickers"."last_price" IS 'Last trade.';
COMMENT ON COLUMN "raw"."tickers"."bid_price" IS 'Best bid.';
COMMENT ON COLUMN "raw"."tickers"."bid_quantity" IS 'Quantity at the best bid.';
COMMENT ON COLUMN "raw"."tickers"."ask_price" IS 'Best ask.';
COMMENT ON COLUMN "raw"."tickers"."ask_quantity" IS 'Quantity at the best ask.';
COMMENT ON COLUMN "raw"."tickers"."mark_price" IS 'Mark price.';
COMMENT ON COLUMN "raw"."tickers"."index_price" IS 'Index price.';
COMMENT ON COLUMN "raw"."tickers"."high_24h" IS 'Highest price over 24 hours.';
COMMENT ON COLUMN "raw"."tickers"."low_24h" IS 'Lowest price over 24 hours.';
COMMENT ON COLUMN "raw"."tickers"."volume_24h" IS 'Volume over 24 hours, else of all time, in the venue''s unit.';
COMMENT ON COLUMN "raw"."tickers"."quote_volume_24h" IS 'The same in quote currency.';
COMMENT ON COLUMN "raw"."tickers"."open_interest" IS 'Open positions in the venue''s unit.';
COMMENT ON COLUMN "raw"."tickers"."venue" IS 'Venue of the instrument.';
COMMENT ON COLUMN "raw"."tickers"."market" IS 'Market of the instrument.';
COMMENT ON COLUMN "raw"."tickers"."symbol" IS 'Symbol of the instrument.';
