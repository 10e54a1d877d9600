-- Rendered from marketdata_platform/core/datasets by `marketdata schema --write`: do not edit.
-- Unique in an instrument, kept by append: bar_index. Order: bar_index.
-- One partition a month (UTC), made ahead and when rows need it.
CREATE SCHEMA IF NOT EXISTS "mart";
CREATE TABLE IF NOT EXISTS "mart"."bar__volume_run" (
    "venue" text COLLATE "C" NOT NULL,
    "market" text COLLATE "C" NOT NULL,
    "symbol" text COLLATE "C" NOT NULL,
    "bar_index" bigint NOT NULL,
    "start_time" timestamptz NOT NULL,
    "end_time" timestamptz NOT NULL,
    "open" numeric(18,8) NOT NULL,
    "high" numeric(18,8) NOT NULL,
    "low" numeric(18,8) NOT NULL,
    "close" numeric(18,8) NOT NULL,
    "volume" numeric(38,8) NOT NULL,
    "buy_volume" numeric(38,8) NOT NULL,
    "sell_volume" numeric(38,8) NOT NULL,
    "quote_volume" numeric(38,16) NOT NULL,
    "vwap" numeric(28,12) NOT NULL,
    "ticks" bigint NOT NULL,
    "run" numeric(38,8) NOT NULL,
    "threshold" double precision,
    "expected_ticks" double precision NOT NULL,
    "expected_run" double precision NOT NULL,
    "closed_by" text COLLATE "C" NOT NULL,
    CONSTRAINT "high_is_highest" CHECK (high >= open AND high >= close AND high >= low),
    CONSTRAINT "low_is_lowest" CHECK (low <= open AND low <= close),
    CONSTRAINT "volume_not_negative" CHECK (volume >= 0 AND buy_volume >= 0 AND sell_volume >= 0),
    CONSTRAINT "closed_by_known" CHECK ("closed_by" IN ('run', 'max_ticks', 'warmup'))
) PARTITION BY RANGE ("end_time");
CREATE TABLE IF NOT EXISTS "mart"."bar__volume_run_default" PARTITION OF "mart"."bar__volume_run" DEFAULT;
CREATE UNIQUE INDEX IF NOT EXISTS "bar__volume_run_key" ON "mart"."bar__volume_run" ("venue", "market", "symbol", "end_time", "bar_index");
CREATE INDEX IF NOT EXISTS "bar__volume_run_id" ON "mart"."bar__volume_run" ("venue", "market", "symbol", "bar_index");
COMMENT ON TABLE "mart"."bar__volume_run" IS 'Volume run bars (AFML 2.3.2.2): closes when the larger one-sided sum is as large as expected. Unique: bar_index.';
COMMENT ON COLUMN "mart"."bar__volume_run"."bar_index" IS 'Number of the bar since the series'' start, from 0.';
COMMENT ON COLUMN "mart"."bar__volume_run"."start_time" IS 'Time of the first trade.';
COMMENT ON COLUMN "mart"."bar__volume_run"."end_time" IS 'Time of the trade that closed the bar; decides its UTC day.';
COMMENT ON COLUMN "mart"."bar__volume_run"."open" IS 'First price in trade order.';
COMMENT ON COLUMN "mart"."bar__volume_run"."high" IS 'Highest price.';
COMMENT ON COLUMN "mart"."bar__volume_run"."low" IS 'Lowest price.';
COMMENT ON COLUMN "mart"."bar__volume_run"."close" IS 'Last price in trade order.';
COMMENT ON COLUMN "mart"."bar__volume_run"."volume" IS 'Σq.';
COMMENT ON COLUMN "mart"."bar__volume_run"."buy_volume" IS 'Σq of taker buys (tick rule where the venue gives no side).';
COMMENT ON COLUMN "mart"."bar__volume_run"."sell_volume" IS 'Σq of taker sells.';
COMMENT ON COLUMN "mart"."bar__volume_run"."quote_volume" IS 'Σp·q.';
COMMENT ON COLUMN "mart"."bar__volume_run"."vwap" IS 'Σp·q / Σq, rounded half to even at 12 decimals.';
COMMENT ON COLUMN "mart"."bar__volume_run"."ticks" IS 'Trades in the bar.';
COMMENT ON COLUMN "mart"."bar__volume_run"."run" IS 'θ at the close: the larger of the buys'' and the sells'' sum of |x|.';
COMMENT ON COLUMN "mart"."bar__volume_run"."threshold" IS 'Expectation that θ was held against; null in the first bar.';
COMMENT ON COLUMN "mart"."bar__volume_run"."expected_ticks" IS 'E[T] after the close.';
COMMENT ON COLUMN "mart"."bar__volume_run"."expected_run" IS 'max(E[buy part of |x|], E[sell part of |x|]) per trade, after the close.';
COMMENT ON COLUMN "mart"."bar__volume_run"."closed_by" IS 'What closed the bar.';
COMMENT ON COLUMN "mart"."bar__volume_run"."venue" IS 'Venue of the instrument.';
COMMENT ON COLUMN "mart"."bar__volume_run"."market" IS 'Market of the instrument.';
COMMENT ON COLUMN "mart"."bar__volume_run"."symbol" IS 'Symbol of the instrument.';
