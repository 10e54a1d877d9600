-- Rendered from marketdata_platform/core/datasets by `marketdata schema --write`: do not edit.
-- Unique key, kept by append: bar_index. Order: bar_index.
-- Constraints, kept by append (a row that breaks one goes to meta.quarantine):
--   high_is_highest: high >= open AND high >= close AND high >= low
--   low_is_lowest: low <= open AND low <= close
--   volume_not_negative: volume >= 0 AND buy_volume >= 0 AND sell_volume >= 0
CREATE SCHEMA IF NOT EXISTS "mart";
CREATE TABLE IF NOT EXISTS "mart"."bar__volume_run" (
    "bar_index" BIGINT NOT NULL,
    "start_time" TIMESTAMPTZ NOT NULL,
    "end_time" TIMESTAMPTZ NOT NULL,
    "open" DECIMAL(18, 8) NOT NULL,
    "high" DECIMAL(18, 8) NOT NULL,
    "low" DECIMAL(18, 8) NOT NULL,
    "close" DECIMAL(18, 8) NOT NULL,
    "volume" DECIMAL(38, 8) NOT NULL,
    "buy_volume" DECIMAL(38, 8) NOT NULL,
    "sell_volume" DECIMAL(38, 8) NOT NULL,
    "quote_volume" DECIMAL(38, 16) NOT NULL,
    "vwap" DECIMAL(28, 12) NOT NULL,
    "ticks" BIGINT NOT NULL,
    "run" DECIMAL(38, 8) NOT NULL,
    "threshold" DOUBLE,
    "expected_ticks" DOUBLE NOT NULL,
    "expected_run" DOUBLE NOT NULL,
    "closed_by" VARCHAR NOT NULL
);
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
