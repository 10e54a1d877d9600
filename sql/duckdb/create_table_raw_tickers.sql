-- Rendered from marketdata_platform/core/datasets by `marketdata schema --write`: do not edit.
-- Unique key, kept by append: event_id. Order: ts_event, sequence, event_id.
-- Constraints, kept by append (a row that breaks one goes to meta.quarantine):
--   event_id_present: event_id <> ''
--   bid_quantity_not_negative: bid_quantity >= 0
--   ask_quantity_not_negative: ask_quantity >= 0
--   volume_24h_not_negative: volume_24h >= 0
--   quote_volume_24h_not_negative: quote_volume_24h >= 0
--   open_interest_not_negative: open_interest >= 0
CREATE SCHEMA IF NOT EXISTS "raw";
CREATE TABLE IF NOT EXISTS "raw"."tickers" (
    "ts_event" TIMESTAMPTZ NOT NULL,
    "ts_recv" TIMESTAMPTZ,
    "event_id_text" VARCHAR,
    "event_id" VARCHAR GENERATED ALWAYS AS (coalesce("event_id_text", CAST("sequence" AS VARCHAR))) VIRTUAL,
    "sequence" BIGINT,
    "last_price" DECIMAL(18, 8),
    "bid_price" DECIMAL(18, 8),
    "bid_quantity" DECIMAL(20, 8),
    "ask_price" DECIMAL(18, 8),
    "ask_quantity" DECIMAL(20, 8),
    "mark_price" DECIMAL(18, 8),
    "index_price" DECIMAL(18, 8),
    "high_24h" DECIMAL(18, 8),
    "low_24h" DECIMAL(18, 8),
    "volume_24h" DECIMAL(38, 8),
    "quote_volume_24h" DECIMAL(38, 16),
    "open_interest" DECIMAL(38, 8)
);
COMMENT ON TABLE "raw"."tickers" IS 'The venue''s summary of an instrument. Null: this message did not say (venues send only what changed). Unique: event_id.';
COMMENT ON COLUMN "raw"."tickers"."event_id_text" IS 'event_id, where it is not the sequence as text; else null.';
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
