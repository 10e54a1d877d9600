-- Rendered from marketdata_platform/core/datasets by `marketdata schema --write`: do not edit.
-- Unique in an instrument, kept by append: event_id. Order: ts_event, sequence, event_id.
CREATE SCHEMA IF NOT EXISTS "raw";
CREATE TABLE IF NOT EXISTS "raw"."options_tickers" (
    "venue" text COLLATE "C" NOT NULL,
    "market" text COLLATE "C" NOT NULL,
    "symbol" text COLLATE "C" NOT NULL,
    "ts_event" timestamptz NOT NULL,
    "ts_recv" timestamptz,
    "event_id" text COLLATE "C" NOT NULL,
    "sequence" bigint,
    "open_interest" numeric(38,8),
    "mark_iv" numeric(18,12),
    "bid_iv" numeric(18,12),
    "ask_iv" numeric(18,12),
    "bid_price" numeric(18,8),
    "bid_quantity" numeric(20,8),
    "ask_price" numeric(18,8),
    "ask_quantity" numeric(20,8),
    "mark_price" numeric(18,8),
    "underlying_price" numeric(18,8),
    "underlying_index" text COLLATE "C",
    "index_price" numeric(18,8),
    "last_price" numeric(18,8),
    "delta" double precision,
    "gamma" double precision,
    "vega" double precision,
    "theta" double precision,
    "rho" double precision,
    "interest_rate" numeric(18,12),
    "volume_24h" numeric(38,8),
    CONSTRAINT "event_id_present" CHECK (event_id <> ''),
    CONSTRAINT "open_interest_not_negative" CHECK (open_interest >= 0),
    CONSTRAINT "bid_quantity_not_negative" CHECK (bid_quantity >= 0),
    CONSTRAINT "ask_quantity_not_negative" CHECK (ask_quantity >= 0),
    CONSTRAINT "mark_price_not_negative" CHECK (mark_price >= 0)
);
SELECT create_hypertable('raw."options_tickers"', by_range('ts_event', INTERVAL '1 days'), create_default_indexes => false, if_not_exists => true);
CREATE UNIQUE INDEX IF NOT EXISTS "options_tickers_key" ON "raw"."options_tickers" ("venue", "market", "symbol", "ts_event", "event_id");
CREATE INDEX IF NOT EXISTS "options_tickers_id" ON "raw"."options_tickers" ("event_id");
COMMENT ON TABLE "raw"."options_tickers" IS 'State of an option: its volatilities, top of the book, mark, underlying and greeks. Volatilities are fractions. Unique: event_id.';
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
COMMENT ON COLUMN "raw"."options_tickers"."venue" IS 'Venue of the instrument.';
COMMENT ON COLUMN "raw"."options_tickers"."market" IS 'Market of the instrument.';
COMMENT ON COLUMN "raw"."options_tickers"."symbol" IS 'Symbol of the instrument.';
