-- Rendered from marketdata_platform/core/datasets by `marketdata schema --write`: do not edit.
-- Unique in an instrument, kept by append: event_id. Order: ts_event, event_id.
-- One partition a month (UTC), made ahead and when rows need it.
CREATE SCHEMA IF NOT EXISTS "raw";
CREATE TABLE IF NOT EXISTS "raw"."instruments" (
    "venue" text COLLATE "C" NOT NULL,
    "market" text COLLATE "C" NOT NULL,
    "symbol" text COLLATE "C" NOT NULL,
    "ts_event" timestamptz NOT NULL,
    "ts_recv" timestamptz,
    "event_id" text COLLATE "C" NOT NULL,
    "kind" text COLLATE "C" NOT NULL,
    "status" text COLLATE "C",
    "base" text COLLATE "C",
    "quote" text COLLATE "C",
    "settle" text COLLATE "C",
    "tick_size" numeric(28,12),
    "quantity_step" numeric(28,12),
    "min_quantity" numeric(28,12),
    "contract_size" numeric(20,8),
    "strike" numeric(18,8),
    "option_type" text COLLATE "C",
    "listed_at" timestamptz,
    "expires_at" timestamptz,
    "parent" text COLLATE "C",
    "title" text COLLATE "C",
    "result" text COLLATE "C",
    "details" text COLLATE "C" NOT NULL,
    CONSTRAINT "event_id_present" CHECK (event_id <> ''),
    CONSTRAINT "kind_known" CHECK ("kind" IN ('spot', 'perpetual', 'future', 'option', 'combo', 'market', 'event', 'series')),
    CONSTRAINT "option_type_known" CHECK ("option_type" IN ('call', 'put'))
) PARTITION BY RANGE ("ts_event");
CREATE TABLE IF NOT EXISTS "raw"."instruments_default" PARTITION OF "raw"."instruments" DEFAULT;
CREATE UNIQUE INDEX IF NOT EXISTS "instruments_key" ON "raw"."instruments" ("venue", "market", "symbol", "ts_event", "event_id");
CREATE INDEX IF NOT EXISTS "instruments_id" ON "raw"."instruments" ("event_id");
COMMENT ON TABLE "raw"."instruments" IS 'Instruments, point in time: each row says how one stood from `ts_event` until its next row. A state is written again every hour in which it is seen, so that a state that comes back is seen too. Unique: event_id.';
COMMENT ON COLUMN "raw"."instruments"."ts_event" IS 'Exchange time, UTC, microseconds; where the venue gives none, the first receipt.';
COMMENT ON COLUMN "raw"."instruments"."ts_recv" IS 'First receipt over all recordings by their own clocks; null where those had been stepped. Never order by it.';
COMMENT ON COLUMN "raw"."instruments"."event_id" IS 'The venue''s number of the event, else its time and content: equal in all recordings.';
COMMENT ON COLUMN "raw"."instruments"."kind" IS 'What it is. Prediction markets are listed under events, and events under series.';
COMMENT ON COLUMN "raw"."instruments"."status" IS 'The venue''s word, lower case: `trading`, `active`, `open`, `settled`, …';
COMMENT ON COLUMN "raw"."instruments"."base" IS 'Base currency.';
COMMENT ON COLUMN "raw"."instruments"."quote" IS 'Quote currency.';
COMMENT ON COLUMN "raw"."instruments"."settle" IS 'Currency in which profit is paid.';
COMMENT ON COLUMN "raw"."instruments"."tick_size" IS 'Step of prices.';
COMMENT ON COLUMN "raw"."instruments"."quantity_step" IS 'Step of quantities.';
COMMENT ON COLUMN "raw"."instruments"."min_quantity" IS 'Smallest order.';
COMMENT ON COLUMN "raw"."instruments"."contract_size" IS 'What one contract stands for.';
COMMENT ON COLUMN "raw"."instruments"."strike" IS 'Strike of an option; the floor of a prediction market.';
COMMENT ON COLUMN "raw"."instruments"."option_type" IS 'call or put.';
COMMENT ON COLUMN "raw"."instruments"."listed_at" IS 'When trading began.';
COMMENT ON COLUMN "raw"."instruments"."expires_at" IS 'Expiry, delivery or close; null: never.';
COMMENT ON COLUMN "raw"."instruments"."parent" IS 'The index under it; of a prediction market its event, of an event its series.';
COMMENT ON COLUMN "raw"."instruments"."title" IS 'The question of a prediction market, in words.';
COMMENT ON COLUMN "raw"."instruments"."result" IS 'How it was settled, where it is.';
COMMENT ON COLUMN "raw"."instruments"."details" IS 'The venue''s whole answer about it, as JSON.';
COMMENT ON COLUMN "raw"."instruments"."venue" IS 'Venue of the instrument.';
COMMENT ON COLUMN "raw"."instruments"."market" IS 'Market of the instrument.';
COMMENT ON COLUMN "raw"."instruments"."symbol" IS 'Symbol of the instrument.';
