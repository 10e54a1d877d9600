-- Rendered from marketdata_platform/core/datasets by `marketdata schema --write`: do not edit.
-- Unique key, kept by append: event_id. Order: ts_event, sequence, event_id.
-- Constraints, kept by append (a row that breaks one goes to meta.quarantine):
--   event_id_present: event_id <> ''
--   open_interest_not_negative: open_interest >= 0
--   bid_quantity_not_negative: bid_quantity >= 0
--   ask_quantity_not_negative: ask_quantity >= 0
--   mark_price_not_negative: mark_price >= 0
CREATE SCHEMA IF NOT EXISTS "raw";
CREATE TABLE IF NOT EXISTS "raw"."options_tickers" (
    "ts_event" TIMESTAMPTZ NOT NULL,
    "ts_recv" TIMESTAMPTZ,
    "event_id_text" VARCHAR,
    "event_id" VARCHAR GENERATED ALWAYS AS (coalesce("event_id_text", CAST("sequence" AS VARCHAR))) VIRTUAL,
    "sequence" BIGINT,
    "open_interest" DECIMAL(38, 8),
    "mark_iv" DECIMAL(18, 12),
    "bid_iv" DECIMAL(18, 12),
    "ask_iv" DECIMAL(18, 12),
    "bid_price" DECIMAL(18, 8),
    "bid_quantity" DECIMAL(20, 8),
    "ask_price" DECIMAL(18, 8),
    "ask_quantity" DECIMAL(20, 8),
    "mark_price" DECIMAL(18, 8),
    "underlying_price" DECIMAL(18, 8),
    "underlying_index" VARCHAR,
    "index_price" DECIMAL(18, 8),
    "last_price" DECIMAL(18, 8),
    "delta" DOUBLE,
    "gamma" DOUBLE,
    "vega" DOUBLE,
    "theta" DOUBLE,
    "rho" DOUBLE,
    "interest_rate" DECIMAL(18, 12),
    "volume_24h" DECIMAL(38, 8)
);
COMMENT ON TABLE "raw"."options_tickers" IS 'State of an option: its volatilities, top of the book, mark, underlying and greeks. Volatilities are fractions. Unique: event_id.';
COMMENT ON COLUMN "raw"."options_tickers"."event_id_text" IS 'event_id, where it is not the sequence as text; else null.';
COMMENT ON COLUMN "raw"."options_tickers"."ts_event" IS 'Exchange time, UTC, microseconds.';
COMMENT ON COLUMN "raw"."options_tickers"."ts_recv" IS 'First receipt over all recordings by their own clocks; null where those had been stepped. Never order by it.';
COMMENT ON COLUMN "raw"."options_tickers"."event_id" IS 'The venue''s number of the event, else its time and content: equal in all recordings.';
COMMENT ON COLUMN "raw"."options_tickers"."sequence" IS 'The venue''s number of the event, where it has one.';
COMMENT ON COLUMN "raw"."options_tickers"."open_interest" IS 'Open contracts.';
COMMENT ON COLUMN "raw"."options_tickers"."mark_iv" IS 'Implied volatility of the mark price, as a fraction (0.65 is 65 %).';
COMMENT ON COLUMN "raw"."options_tickers"."bid_iv" IS 'Of the best bid; null or 0 without one.';
COMMENT ON COLUMN "raw"."options_tickers"."ask_iv" IS 'Of the best ask; null or 0 without one.';
COMMENT ON COLUMN "raw"."options_tickers"."bid_price" IS 'Best bid; null without one.';
COMMENT ON COLUMN "raw"."options_tickers"."bid_quantity" IS 'Quantity at the best bid.';
COMMENT ON COLUMN "raw"."options_tickers"."ask_price" IS 'Best ask; null without one.';
COMMENT ON COLUMN "raw"."options_tickers"."ask_quantity" IS 'Quantity at the best ask.';
COMMENT ON COLUMN "raw"."options_tickers"."mark_price" IS 'Mark price, in the unit in which the option is quoted.';
COMMENT ON COLUMN "raw"."options_tickers"."underlying_price" IS 'Price of the underlying that the mark was reckoned with.';
COMMENT ON COLUMN "raw"."options_tickers"."underlying_index" IS 'Name of the underlying, e.g. the future of the same expiry.';
COMMENT ON COLUMN "raw"."options_tickers"."index_price" IS 'Price of the index.';
COMMENT ON COLUMN "raw"."options_tickers"."last_price" IS 'Last trade; null before any.';
COMMENT ON COLUMN "raw"."options_tickers"."delta" IS 'Delta, as the venue reckons it.';
COMMENT ON COLUMN "raw"."options_tickers"."gamma" IS 'Gamma.';
COMMENT ON COLUMN "raw"."options_tickers"."vega" IS 'Vega, for a volatility that moves by one percentage point.';
COMMENT ON COLUMN "raw"."options_tickers"."theta" IS 'Theta, a day.';
COMMENT ON COLUMN "raw"."options_tickers"."rho" IS 'Rho, for an interest that moves by one percentage point.';
COMMENT ON COLUMN "raw"."options_tickers"."interest_rate" IS 'Interest rate of the reckoning, as a fraction.';
COMMENT ON COLUMN "raw"."options_tickers"."volume_24h" IS 'Contracts traded over the last 24 hours.';
