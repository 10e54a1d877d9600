-- The first schema. Never edited once it is released: then a change is a migration of its own.
-- Unique in an instrument, kept by append: bar_index. Order: bar_index.
-- One partition a month (UTC), made ahead and when rows need it.
CREATE SCHEMA IF NOT EXISTS "mart";
CREATE TABLE IF NOT EXISTS "mart"."bar__dollar" (
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
    CONSTRAINT "high_is_highest" CHECK (high >= open AND high >= close AND high >= low),
    CONSTRAINT "low_is_lowest" CHECK (low <= open AND low <= close),
    CONSTRAINT "volume_not_negative" CHECK (volume >= 0 AND buy_volume >= 0 AND sell_volume >= 0)
) PARTITION BY RANGE ("end_time");
CREATE TABLE IF NOT EXISTS "mart"."bar__dollar_default" PARTITION OF "mart"."bar__dollar" DEFAULT;
CREATE UNIQUE INDEX IF NOT EXISTS "bar__dollar_key" ON "mart"."bar__dollar" ("venue", "market", "symbol", "end_time", "bar_index");
CREATE INDEX IF NOT EXISTS "bar__dollar_id" ON "mart"."bar__dollar" ("venue", "market", "symbol", "bar_index");
COMMENT ON TABLE "mart"."bar__dollar" IS 'Plain dollar bars: a bar closes when Σp·q reaches a constant; trades are not split. Unique: bar_index.';
COMMENT ON COLUMN "mart"."bar__dollar"."bar_index" IS 'Number of the bar since the series'' start, from 0.';
COMMENT ON COLUMN "mart"."bar__dollar"."start_time" IS 'Time of the first trade.';
COMMENT ON COLUMN "mart"."bar__dollar"."end_time" IS 'Time of the trade that closed the bar; decides its UTC day.';
COMMENT ON COLUMN "mart"."bar__dollar"."open" IS 'First price in trade order.';
COMMENT ON COLUMN "mart"."bar__dollar"."high" IS 'Highest price.';
COMMENT ON COLUMN "mart"."bar__dollar"."low" IS 'Lowest price.';
COMMENT ON COLUMN "mart"."bar__dollar"."close" IS 'Last price in trade order.';
COMMENT ON COLUMN "mart"."bar__dollar"."volume" IS 'Σq.';
COMMENT ON COLUMN "mart"."bar__dollar"."buy_volume" IS 'Σq of taker buys (tick rule where the venue gives no side).';
COMMENT ON COLUMN "mart"."bar__dollar"."sell_volume" IS 'Σq of taker sells.';
COMMENT ON COLUMN "mart"."bar__dollar"."quote_volume" IS 'Σp·q.';
COMMENT ON COLUMN "mart"."bar__dollar"."vwap" IS 'Σp·q / Σq, rounded half to even at 12 decimals.';
COMMENT ON COLUMN "mart"."bar__dollar"."ticks" IS 'Trades in the bar.';
COMMENT ON COLUMN "mart"."bar__dollar"."venue" IS 'Venue of the instrument.';
COMMENT ON COLUMN "mart"."bar__dollar"."market" IS 'Market of the instrument.';
COMMENT ON COLUMN "mart"."bar__dollar"."symbol" IS 'Symbol of the instrument.';

-- Unique in an instrument, kept by append: bar_index. Order: bar_index.
-- One partition a month (UTC), made ahead and when rows need it.
CREATE SCHEMA IF NOT EXISTS "mart";
CREATE TABLE IF NOT EXISTS "mart"."bar__dollar_imbalance" (
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
    "imbalance" numeric(38,16) NOT NULL,
    "threshold" double precision,
    "expected_ticks" double precision NOT NULL,
    "expected_imbalance" double precision NOT NULL,
    "closed_by" text COLLATE "C" NOT NULL,
    CONSTRAINT "high_is_highest" CHECK (high >= open AND high >= close AND high >= low),
    CONSTRAINT "low_is_lowest" CHECK (low <= open AND low <= close),
    CONSTRAINT "volume_not_negative" CHECK (volume >= 0 AND buy_volume >= 0 AND sell_volume >= 0),
    CONSTRAINT "closed_by_known" CHECK ("closed_by" IN ('imbalance', 'max_ticks', 'warmup'))
) PARTITION BY RANGE ("end_time");
CREATE TABLE IF NOT EXISTS "mart"."bar__dollar_imbalance_default" PARTITION OF "mart"."bar__dollar_imbalance" DEFAULT;
CREATE UNIQUE INDEX IF NOT EXISTS "bar__dollar_imbalance_key" ON "mart"."bar__dollar_imbalance" ("venue", "market", "symbol", "end_time", "bar_index");
CREATE INDEX IF NOT EXISTS "bar__dollar_imbalance_id" ON "mart"."bar__dollar_imbalance" ("venue", "market", "symbol", "bar_index");
COMMENT ON TABLE "mart"."bar__dollar_imbalance" IS 'Dollar imbalance bars (AFML 2.3.2.1): a bar closes when |θ| reaches E[T]·|E[x]|. Unique: bar_index.';
COMMENT ON COLUMN "mart"."bar__dollar_imbalance"."bar_index" IS 'Number of the bar since the series'' start, from 0.';
COMMENT ON COLUMN "mart"."bar__dollar_imbalance"."start_time" IS 'Time of the first trade.';
COMMENT ON COLUMN "mart"."bar__dollar_imbalance"."end_time" IS 'Time of the trade that closed the bar; decides its UTC day.';
COMMENT ON COLUMN "mart"."bar__dollar_imbalance"."open" IS 'First price in trade order.';
COMMENT ON COLUMN "mart"."bar__dollar_imbalance"."high" IS 'Highest price.';
COMMENT ON COLUMN "mart"."bar__dollar_imbalance"."low" IS 'Lowest price.';
COMMENT ON COLUMN "mart"."bar__dollar_imbalance"."close" IS 'Last price in trade order.';
COMMENT ON COLUMN "mart"."bar__dollar_imbalance"."volume" IS 'Σq.';
COMMENT ON COLUMN "mart"."bar__dollar_imbalance"."buy_volume" IS 'Σq of taker buys (tick rule where the venue gives no side).';
COMMENT ON COLUMN "mart"."bar__dollar_imbalance"."sell_volume" IS 'Σq of taker sells.';
COMMENT ON COLUMN "mart"."bar__dollar_imbalance"."quote_volume" IS 'Σp·q.';
COMMENT ON COLUMN "mart"."bar__dollar_imbalance"."vwap" IS 'Σp·q / Σq, rounded half to even at 12 decimals.';
COMMENT ON COLUMN "mart"."bar__dollar_imbalance"."ticks" IS 'Trades in the bar.';
COMMENT ON COLUMN "mart"."bar__dollar_imbalance"."imbalance" IS 'θ at the close.';
COMMENT ON COLUMN "mart"."bar__dollar_imbalance"."threshold" IS 'E[T]·|E[x]| that θ was held against; null in the first bar.';
COMMENT ON COLUMN "mart"."bar__dollar_imbalance"."expected_ticks" IS 'E[T] after the close.';
COMMENT ON COLUMN "mart"."bar__dollar_imbalance"."expected_imbalance" IS 'E[x] after the close.';
COMMENT ON COLUMN "mart"."bar__dollar_imbalance"."closed_by" IS 'What closed the bar.';
COMMENT ON COLUMN "mart"."bar__dollar_imbalance"."venue" IS 'Venue of the instrument.';
COMMENT ON COLUMN "mart"."bar__dollar_imbalance"."market" IS 'Market of the instrument.';
COMMENT ON COLUMN "mart"."bar__dollar_imbalance"."symbol" IS 'Symbol of the instrument.';

-- Unique in an instrument, kept by append: bar_index. Order: bar_index.
-- One partition a month (UTC), made ahead and when rows need it.
CREATE SCHEMA IF NOT EXISTS "mart";
CREATE TABLE IF NOT EXISTS "mart"."bar__dollar_run" (
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
    "run" numeric(38,16) NOT NULL,
    "threshold" double precision,
    "expected_ticks" double precision NOT NULL,
    "expected_run" double precision NOT NULL,
    "closed_by" text COLLATE "C" NOT NULL,
    CONSTRAINT "high_is_highest" CHECK (high >= open AND high >= close AND high >= low),
    CONSTRAINT "low_is_lowest" CHECK (low <= open AND low <= close),
    CONSTRAINT "volume_not_negative" CHECK (volume >= 0 AND buy_volume >= 0 AND sell_volume >= 0),
    CONSTRAINT "closed_by_known" CHECK ("closed_by" IN ('run', 'max_ticks', 'warmup'))
) PARTITION BY RANGE ("end_time");
CREATE TABLE IF NOT EXISTS "mart"."bar__dollar_run_default" PARTITION OF "mart"."bar__dollar_run" DEFAULT;
CREATE UNIQUE INDEX IF NOT EXISTS "bar__dollar_run_key" ON "mart"."bar__dollar_run" ("venue", "market", "symbol", "end_time", "bar_index");
CREATE INDEX IF NOT EXISTS "bar__dollar_run_id" ON "mart"."bar__dollar_run" ("venue", "market", "symbol", "bar_index");
COMMENT ON TABLE "mart"."bar__dollar_run" IS 'Dollar run bars (AFML 2.3.2.2): closes when the larger one-sided sum is as large as expected. Unique: bar_index.';
COMMENT ON COLUMN "mart"."bar__dollar_run"."bar_index" IS 'Number of the bar since the series'' start, from 0.';
COMMENT ON COLUMN "mart"."bar__dollar_run"."start_time" IS 'Time of the first trade.';
COMMENT ON COLUMN "mart"."bar__dollar_run"."end_time" IS 'Time of the trade that closed the bar; decides its UTC day.';
COMMENT ON COLUMN "mart"."bar__dollar_run"."open" IS 'First price in trade order.';
COMMENT ON COLUMN "mart"."bar__dollar_run"."high" IS 'Highest price.';
COMMENT ON COLUMN "mart"."bar__dollar_run"."low" IS 'Lowest price.';
COMMENT ON COLUMN "mart"."bar__dollar_run"."close" IS 'Last price in trade order.';
COMMENT ON COLUMN "mart"."bar__dollar_run"."volume" IS 'Σq.';
COMMENT ON COLUMN "mart"."bar__dollar_run"."buy_volume" IS 'Σq of taker buys (tick rule where the venue gives no side).';
COMMENT ON COLUMN "mart"."bar__dollar_run"."sell_volume" IS 'Σq of taker sells.';
COMMENT ON COLUMN "mart"."bar__dollar_run"."quote_volume" IS 'Σp·q.';
COMMENT ON COLUMN "mart"."bar__dollar_run"."vwap" IS 'Σp·q / Σq, rounded half to even at 12 decimals.';
COMMENT ON COLUMN "mart"."bar__dollar_run"."ticks" IS 'Trades in the bar.';
COMMENT ON COLUMN "mart"."bar__dollar_run"."run" IS 'θ at the close: the larger of the buys'' and the sells'' sum of |x|.';
COMMENT ON COLUMN "mart"."bar__dollar_run"."threshold" IS 'Expectation that θ was held against; null in the first bar.';
COMMENT ON COLUMN "mart"."bar__dollar_run"."expected_ticks" IS 'E[T] after the close.';
COMMENT ON COLUMN "mart"."bar__dollar_run"."expected_run" IS 'max(E[buy part of |x|], E[sell part of |x|]) per trade, after the close.';
COMMENT ON COLUMN "mart"."bar__dollar_run"."closed_by" IS 'What closed the bar.';
COMMENT ON COLUMN "mart"."bar__dollar_run"."venue" IS 'Venue of the instrument.';
COMMENT ON COLUMN "mart"."bar__dollar_run"."market" IS 'Market of the instrument.';
COMMENT ON COLUMN "mart"."bar__dollar_run"."symbol" IS 'Symbol of the instrument.';

-- Unique in an instrument, kept by append: interval, open_time. Order: interval, open_time.
-- One partition a month (UTC), made ahead and when rows need it.
CREATE SCHEMA IF NOT EXISTS "mart";
CREATE TABLE IF NOT EXISTS "mart"."bar__kline" (
    "venue" text COLLATE "C" NOT NULL,
    "market" text COLLATE "C" NOT NULL,
    "symbol" text COLLATE "C" NOT NULL,
    "interval" text COLLATE "C" NOT NULL,
    "open_time" timestamptz NOT NULL,
    "open" numeric(18,8) NOT NULL,
    "high" numeric(18,8) NOT NULL,
    "low" numeric(18,8) NOT NULL,
    "close" numeric(18,8) NOT NULL,
    "volume" numeric(38,8) NOT NULL,
    "quote_volume" numeric(38,16) NOT NULL,
    "trades" bigint NOT NULL,
    "buy_volume" numeric(38,8) NOT NULL,
    "buy_quote_volume" numeric(38,16) NOT NULL,
    "sell_volume" numeric(38,8) NOT NULL,
    "vwap" numeric(28,12),
    "first_trade_id" text COLLATE "C",
    "last_trade_id" text COLLATE "C",
    "complete" boolean NOT NULL,
    CONSTRAINT "high_is_highest" CHECK (high >= open AND high >= close AND high >= low),
    CONSTRAINT "low_is_lowest" CHECK (low <= open AND low <= close),
    CONSTRAINT "volume_not_negative" CHECK (volume >= 0 AND buy_volume >= 0 AND sell_volume >= 0)
) PARTITION BY RANGE ("open_time");
CREATE TABLE IF NOT EXISTS "mart"."bar__kline_default" PARTITION OF "mart"."bar__kline" DEFAULT;
CREATE UNIQUE INDEX IF NOT EXISTS "bar__kline_key" ON "mart"."bar__kline" ("venue", "market", "symbol", "interval", "open_time");
COMMENT ON TABLE "mart"."bar__kline" IS 'Klines (candles) over half-open UTC windows; equal to the exchange''s own to the last digit. Unique: interval,open_time.';
COMMENT ON COLUMN "mart"."bar__kline"."interval" IS 'Window length: 1s … 1M.';
COMMENT ON COLUMN "mart"."bar__kline"."open_time" IS 'Start of the window.';
COMMENT ON COLUMN "mart"."bar__kline"."open" IS 'First price in trade order.';
COMMENT ON COLUMN "mart"."bar__kline"."high" IS 'Highest price.';
COMMENT ON COLUMN "mart"."bar__kline"."low" IS 'Lowest price.';
COMMENT ON COLUMN "mart"."bar__kline"."close" IS 'Last price in trade order.';
COMMENT ON COLUMN "mart"."bar__kline"."volume" IS 'Σq.';
COMMENT ON COLUMN "mart"."bar__kline"."quote_volume" IS 'Σp·q.';
COMMENT ON COLUMN "mart"."bar__kline"."trades" IS 'Number of trades; aggregate trades count the trades in them.';
COMMENT ON COLUMN "mart"."bar__kline"."buy_volume" IS 'Σq of taker buys.';
COMMENT ON COLUMN "mart"."bar__kline"."buy_quote_volume" IS 'Σp·q of taker buys.';
COMMENT ON COLUMN "mart"."bar__kline"."sell_volume" IS 'Σq of taker sells.';
COMMENT ON COLUMN "mart"."bar__kline"."vwap" IS 'Σp·q / Σq, rounded half to even at 12 decimals; null without volume.';
COMMENT ON COLUMN "mart"."bar__kline"."first_trade_id" IS 'Id of the first trade; null in a window without trades.';
COMMENT ON COLUMN "mart"."bar__kline"."last_trade_id" IS 'Id of the last trade; null in a window without trades.';
COMMENT ON COLUMN "mart"."bar__kline"."complete" IS 'False while the window is open or a known gap touches it.';
COMMENT ON COLUMN "mart"."bar__kline"."venue" IS 'Venue of the instrument.';
COMMENT ON COLUMN "mart"."bar__kline"."market" IS 'Market of the instrument.';
COMMENT ON COLUMN "mart"."bar__kline"."symbol" IS 'Symbol of the instrument.';

-- Unique in an instrument, kept by append: bar_index. Order: bar_index.
-- One partition a month (UTC), made ahead and when rows need it.
CREATE SCHEMA IF NOT EXISTS "mart";
CREATE TABLE IF NOT EXISTS "mart"."bar__tick" (
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
    CONSTRAINT "high_is_highest" CHECK (high >= open AND high >= close AND high >= low),
    CONSTRAINT "low_is_lowest" CHECK (low <= open AND low <= close),
    CONSTRAINT "volume_not_negative" CHECK (volume >= 0 AND buy_volume >= 0 AND sell_volume >= 0)
) PARTITION BY RANGE ("end_time");
CREATE TABLE IF NOT EXISTS "mart"."bar__tick_default" PARTITION OF "mart"."bar__tick" DEFAULT;
CREATE UNIQUE INDEX IF NOT EXISTS "bar__tick_key" ON "mart"."bar__tick" ("venue", "market", "symbol", "end_time", "bar_index");
CREATE INDEX IF NOT EXISTS "bar__tick_id" ON "mart"."bar__tick" ("venue", "market", "symbol", "bar_index");
COMMENT ON TABLE "mart"."bar__tick" IS 'Plain tick bars: a bar closes after a constant number of trades. Unique: bar_index.';
COMMENT ON COLUMN "mart"."bar__tick"."bar_index" IS 'Number of the bar since the series'' start, from 0.';
COMMENT ON COLUMN "mart"."bar__tick"."start_time" IS 'Time of the first trade.';
COMMENT ON COLUMN "mart"."bar__tick"."end_time" IS 'Time of the trade that closed the bar; decides its UTC day.';
COMMENT ON COLUMN "mart"."bar__tick"."open" IS 'First price in trade order.';
COMMENT ON COLUMN "mart"."bar__tick"."high" IS 'Highest price.';
COMMENT ON COLUMN "mart"."bar__tick"."low" IS 'Lowest price.';
COMMENT ON COLUMN "mart"."bar__tick"."close" IS 'Last price in trade order.';
COMMENT ON COLUMN "mart"."bar__tick"."volume" IS 'Σq.';
COMMENT ON COLUMN "mart"."bar__tick"."buy_volume" IS 'Σq of taker buys (tick rule where the venue gives no side).';
COMMENT ON COLUMN "mart"."bar__tick"."sell_volume" IS 'Σq of taker sells.';
COMMENT ON COLUMN "mart"."bar__tick"."quote_volume" IS 'Σp·q.';
COMMENT ON COLUMN "mart"."bar__tick"."vwap" IS 'Σp·q / Σq, rounded half to even at 12 decimals.';
COMMENT ON COLUMN "mart"."bar__tick"."ticks" IS 'Trades in the bar.';
COMMENT ON COLUMN "mart"."bar__tick"."venue" IS 'Venue of the instrument.';
COMMENT ON COLUMN "mart"."bar__tick"."market" IS 'Market of the instrument.';
COMMENT ON COLUMN "mart"."bar__tick"."symbol" IS 'Symbol of the instrument.';

-- Unique in an instrument, kept by append: bar_index. Order: bar_index.
-- One partition a month (UTC), made ahead and when rows need it.
CREATE SCHEMA IF NOT EXISTS "mart";
CREATE TABLE IF NOT EXISTS "mart"."bar__tick_imbalance" (
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
    "imbalance" bigint NOT NULL,
    "threshold" double precision,
    "expected_ticks" double precision NOT NULL,
    "expected_imbalance" double precision NOT NULL,
    "closed_by" text COLLATE "C" NOT NULL,
    CONSTRAINT "high_is_highest" CHECK (high >= open AND high >= close AND high >= low),
    CONSTRAINT "low_is_lowest" CHECK (low <= open AND low <= close),
    CONSTRAINT "volume_not_negative" CHECK (volume >= 0 AND buy_volume >= 0 AND sell_volume >= 0),
    CONSTRAINT "closed_by_known" CHECK ("closed_by" IN ('imbalance', 'max_ticks', 'warmup'))
) PARTITION BY RANGE ("end_time");
CREATE TABLE IF NOT EXISTS "mart"."bar__tick_imbalance_default" PARTITION OF "mart"."bar__tick_imbalance" DEFAULT;
CREATE UNIQUE INDEX IF NOT EXISTS "bar__tick_imbalance_key" ON "mart"."bar__tick_imbalance" ("venue", "market", "symbol", "end_time", "bar_index");
CREATE INDEX IF NOT EXISTS "bar__tick_imbalance_id" ON "mart"."bar__tick_imbalance" ("venue", "market", "symbol", "bar_index");
COMMENT ON TABLE "mart"."bar__tick_imbalance" IS 'Tick imbalance bars (AFML 2.3.2.1): a bar closes when |θ| reaches E[T]·|E[x]|. Unique: bar_index.';
COMMENT ON COLUMN "mart"."bar__tick_imbalance"."bar_index" IS 'Number of the bar since the series'' start, from 0.';
COMMENT ON COLUMN "mart"."bar__tick_imbalance"."start_time" IS 'Time of the first trade.';
COMMENT ON COLUMN "mart"."bar__tick_imbalance"."end_time" IS 'Time of the trade that closed the bar; decides its UTC day.';
COMMENT ON COLUMN "mart"."bar__tick_imbalance"."open" IS 'First price in trade order.';
COMMENT ON COLUMN "mart"."bar__tick_imbalance"."high" IS 'Highest price.';
COMMENT ON COLUMN "mart"."bar__tick_imbalance"."low" IS 'Lowest price.';
COMMENT ON COLUMN "mart"."bar__tick_imbalance"."close" IS 'Last price in trade order.';
COMMENT ON COLUMN "mart"."bar__tick_imbalance"."volume" IS 'Σq.';
COMMENT ON COLUMN "mart"."bar__tick_imbalance"."buy_volume" IS 'Σq of taker buys (tick rule where the venue gives no side).';
COMMENT ON COLUMN "mart"."bar__tick_imbalance"."sell_volume" IS 'Σq of taker sells.';
COMMENT ON COLUMN "mart"."bar__tick_imbalance"."quote_volume" IS 'Σp·q.';
COMMENT ON COLUMN "mart"."bar__tick_imbalance"."vwap" IS 'Σp·q / Σq, rounded half to even at 12 decimals.';
COMMENT ON COLUMN "mart"."bar__tick_imbalance"."ticks" IS 'Trades in the bar.';
COMMENT ON COLUMN "mart"."bar__tick_imbalance"."imbalance" IS 'θ at the close.';
COMMENT ON COLUMN "mart"."bar__tick_imbalance"."threshold" IS 'E[T]·|E[x]| that θ was held against; null in the first bar.';
COMMENT ON COLUMN "mart"."bar__tick_imbalance"."expected_ticks" IS 'E[T] after the close.';
COMMENT ON COLUMN "mart"."bar__tick_imbalance"."expected_imbalance" IS 'E[x] after the close.';
COMMENT ON COLUMN "mart"."bar__tick_imbalance"."closed_by" IS 'What closed the bar.';
COMMENT ON COLUMN "mart"."bar__tick_imbalance"."venue" IS 'Venue of the instrument.';
COMMENT ON COLUMN "mart"."bar__tick_imbalance"."market" IS 'Market of the instrument.';
COMMENT ON COLUMN "mart"."bar__tick_imbalance"."symbol" IS 'Symbol of the instrument.';

-- Unique in an instrument, kept by append: bar_index. Order: bar_index.
-- One partition a month (UTC), made ahead and when rows need it.
CREATE SCHEMA IF NOT EXISTS "mart";
CREATE TABLE IF NOT EXISTS "mart"."bar__tick_run" (
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
    "run" bigint NOT NULL,
    "threshold" double precision,
    "expected_ticks" double precision NOT NULL,
    "expected_run" double precision NOT NULL,
    "closed_by" text COLLATE "C" NOT NULL,
    CONSTRAINT "high_is_highest" CHECK (high >= open AND high >= close AND high >= low),
    CONSTRAINT "low_is_lowest" CHECK (low <= open AND low <= close),
    CONSTRAINT "volume_not_negative" CHECK (volume >= 0 AND buy_volume >= 0 AND sell_volume >= 0),
    CONSTRAINT "closed_by_known" CHECK ("closed_by" IN ('run', 'max_ticks', 'warmup'))
) PARTITION BY RANGE ("end_time");
CREATE TABLE IF NOT EXISTS "mart"."bar__tick_run_default" PARTITION OF "mart"."bar__tick_run" DEFAULT;
CREATE UNIQUE INDEX IF NOT EXISTS "bar__tick_run_key" ON "mart"."bar__tick_run" ("venue", "market", "symbol", "end_time", "bar_index");
CREATE INDEX IF NOT EXISTS "bar__tick_run_id" ON "mart"."bar__tick_run" ("venue", "market", "symbol", "bar_index");
COMMENT ON TABLE "mart"."bar__tick_run" IS 'Tick run bars (AFML 2.3.2.2): closes when the larger one-sided sum is as large as expected. Unique: bar_index.';
COMMENT ON COLUMN "mart"."bar__tick_run"."bar_index" IS 'Number of the bar since the series'' start, from 0.';
COMMENT ON COLUMN "mart"."bar__tick_run"."start_time" IS 'Time of the first trade.';
COMMENT ON COLUMN "mart"."bar__tick_run"."end_time" IS 'Time of the trade that closed the bar; decides its UTC day.';
COMMENT ON COLUMN "mart"."bar__tick_run"."open" IS 'First price in trade order.';
COMMENT ON COLUMN "mart"."bar__tick_run"."high" IS 'Highest price.';
COMMENT ON COLUMN "mart"."bar__tick_run"."low" IS 'Lowest price.';
COMMENT ON COLUMN "mart"."bar__tick_run"."close" IS 'Last price in trade order.';
COMMENT ON COLUMN "mart"."bar__tick_run"."volume" IS 'Σq.';
COMMENT ON COLUMN "mart"."bar__tick_run"."buy_volume" IS 'Σq of taker buys (tick rule where the venue gives no side).';
COMMENT ON COLUMN "mart"."bar__tick_run"."sell_volume" IS 'Σq of taker sells.';
COMMENT ON COLUMN "mart"."bar__tick_run"."quote_volume" IS 'Σp·q.';
COMMENT ON COLUMN "mart"."bar__tick_run"."vwap" IS 'Σp·q / Σq, rounded half to even at 12 decimals.';
COMMENT ON COLUMN "mart"."bar__tick_run"."ticks" IS 'Trades in the bar.';
COMMENT ON COLUMN "mart"."bar__tick_run"."run" IS 'θ at the close: the larger of the buys'' and the sells'' sum of |x|.';
COMMENT ON COLUMN "mart"."bar__tick_run"."threshold" IS 'Expectation that θ was held against; null in the first bar.';
COMMENT ON COLUMN "mart"."bar__tick_run"."expected_ticks" IS 'E[T] after the close.';
COMMENT ON COLUMN "mart"."bar__tick_run"."expected_run" IS 'max(E[buy part of |x|], E[sell part of |x|]) per trade, after the close.';
COMMENT ON COLUMN "mart"."bar__tick_run"."closed_by" IS 'What closed the bar.';
COMMENT ON COLUMN "mart"."bar__tick_run"."venue" IS 'Venue of the instrument.';
COMMENT ON COLUMN "mart"."bar__tick_run"."market" IS 'Market of the instrument.';
COMMENT ON COLUMN "mart"."bar__tick_run"."symbol" IS 'Symbol of the instrument.';

-- Unique in an instrument, kept by append: bar_index. Order: bar_index.
-- One partition a month (UTC), made ahead and when rows need it.
CREATE SCHEMA IF NOT EXISTS "mart";
CREATE TABLE IF NOT EXISTS "mart"."bar__volume" (
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
    CONSTRAINT "high_is_highest" CHECK (high >= open AND high >= close AND high >= low),
    CONSTRAINT "low_is_lowest" CHECK (low <= open AND low <= close),
    CONSTRAINT "volume_not_negative" CHECK (volume >= 0 AND buy_volume >= 0 AND sell_volume >= 0)
) PARTITION BY RANGE ("end_time");
CREATE TABLE IF NOT EXISTS "mart"."bar__volume_default" PARTITION OF "mart"."bar__volume" DEFAULT;
CREATE UNIQUE INDEX IF NOT EXISTS "bar__volume_key" ON "mart"."bar__volume" ("venue", "market", "symbol", "end_time", "bar_index");
CREATE INDEX IF NOT EXISTS "bar__volume_id" ON "mart"."bar__volume" ("venue", "market", "symbol", "bar_index");
COMMENT ON TABLE "mart"."bar__volume" IS 'Plain volume bars: a bar closes when its volume reaches a constant; trades are not split. Unique: bar_index.';
COMMENT ON COLUMN "mart"."bar__volume"."bar_index" IS 'Number of the bar since the series'' start, from 0.';
COMMENT ON COLUMN "mart"."bar__volume"."start_time" IS 'Time of the first trade.';
COMMENT ON COLUMN "mart"."bar__volume"."end_time" IS 'Time of the trade that closed the bar; decides its UTC day.';
COMMENT ON COLUMN "mart"."bar__volume"."open" IS 'First price in trade order.';
COMMENT ON COLUMN "mart"."bar__volume"."high" IS 'Highest price.';
COMMENT ON COLUMN "mart"."bar__volume"."low" IS 'Lowest price.';
COMMENT ON COLUMN "mart"."bar__volume"."close" IS 'Last price in trade order.';
COMMENT ON COLUMN "mart"."bar__volume"."volume" IS 'Σq.';
COMMENT ON COLUMN "mart"."bar__volume"."buy_volume" IS 'Σq of taker buys (tick rule where the venue gives no side).';
COMMENT ON COLUMN "mart"."bar__volume"."sell_volume" IS 'Σq of taker sells.';
COMMENT ON COLUMN "mart"."bar__volume"."quote_volume" IS 'Σp·q.';
COMMENT ON COLUMN "mart"."bar__volume"."vwap" IS 'Σp·q / Σq, rounded half to even at 12 decimals.';
COMMENT ON COLUMN "mart"."bar__volume"."ticks" IS 'Trades in the bar.';
COMMENT ON COLUMN "mart"."bar__volume"."venue" IS 'Venue of the instrument.';
COMMENT ON COLUMN "mart"."bar__volume"."market" IS 'Market of the instrument.';
COMMENT ON COLUMN "mart"."bar__volume"."symbol" IS 'Symbol of the instrument.';

-- Unique in an instrument, kept by append: bar_index. Order: bar_index.
-- One partition a month (UTC), made ahead and when rows need it.
CREATE SCHEMA IF NOT EXISTS "mart";
CREATE TABLE IF NOT EXISTS "mart"."bar__volume_imbalance" (
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
    "imbalance" numeric(38,8) NOT NULL,
    "threshold" double precision,
    "expected_ticks" double precision NOT NULL,
    "expected_imbalance" double precision NOT NULL,
    "closed_by" text COLLATE "C" NOT NULL,
    CONSTRAINT "high_is_highest" CHECK (high >= open AND high >= close AND high >= low),
    CONSTRAINT "low_is_lowest" CHECK (low <= open AND low <= close),
    CONSTRAINT "volume_not_negative" CHECK (volume >= 0 AND buy_volume >= 0 AND sell_volume >= 0),
    CONSTRAINT "closed_by_known" CHECK ("closed_by" IN ('imbalance', 'max_ticks', 'warmup'))
) PARTITION BY RANGE ("end_time");
CREATE TABLE IF NOT EXISTS "mart"."bar__volume_imbalance_default" PARTITION OF "mart"."bar__volume_imbalance" DEFAULT;
CREATE UNIQUE INDEX IF NOT EXISTS "bar__volume_imbalance_key" ON "mart"."bar__volume_imbalance" ("venue", "market", "symbol", "end_time", "bar_index");
CREATE INDEX IF NOT EXISTS "bar__volume_imbalance_id" ON "mart"."bar__volume_imbalance" ("venue", "market", "symbol", "bar_index");
COMMENT ON TABLE "mart"."bar__volume_imbalance" IS 'Volume imbalance bars (AFML 2.3.2.1): a bar closes when |θ| reaches E[T]·|E[x]|. Unique: bar_index.';
COMMENT ON COLUMN "mart"."bar__volume_imbalance"."bar_index" IS 'Number of the bar since the series'' start, from 0.';
COMMENT ON COLUMN "mart"."bar__volume_imbalance"."start_time" IS 'Time of the first trade.';
COMMENT ON COLUMN "mart"."bar__volume_imbalance"."end_time" IS 'Time of the trade that closed the bar; decides its UTC day.';
COMMENT ON COLUMN "mart"."bar__volume_imbalance"."open" IS 'First price in trade order.';
COMMENT ON COLUMN "mart"."bar__volume_imbalance"."high" IS 'Highest price.';
COMMENT ON COLUMN "mart"."bar__volume_imbalance"."low" IS 'Lowest price.';
COMMENT ON COLUMN "mart"."bar__volume_imbalance"."close" IS 'Last price in trade order.';
COMMENT ON COLUMN "mart"."bar__volume_imbalance"."volume" IS 'Σq.';
COMMENT ON COLUMN "mart"."bar__volume_imbalance"."buy_volume" IS 'Σq of taker buys (tick rule where the venue gives no side).';
COMMENT ON COLUMN "mart"."bar__volume_imbalance"."sell_volume" IS 'Σq of taker sells.';
COMMENT ON COLUMN "mart"."bar__volume_imbalance"."quote_volume" IS 'Σp·q.';
COMMENT ON COLUMN "mart"."bar__volume_imbalance"."vwap" IS 'Σp·q / Σq, rounded half to even at 12 decimals.';
COMMENT ON COLUMN "mart"."bar__volume_imbalance"."ticks" IS 'Trades in the bar.';
COMMENT ON COLUMN "mart"."bar__volume_imbalance"."imbalance" IS 'θ at the close.';
COMMENT ON COLUMN "mart"."bar__volume_imbalance"."threshold" IS 'E[T]·|E[x]| that θ was held against; null in the first bar.';
COMMENT ON COLUMN "mart"."bar__volume_imbalance"."expected_ticks" IS 'E[T] after the close.';
COMMENT ON COLUMN "mart"."bar__volume_imbalance"."expected_imbalance" IS 'E[x] after the close.';
COMMENT ON COLUMN "mart"."bar__volume_imbalance"."closed_by" IS 'What closed the bar.';
COMMENT ON COLUMN "mart"."bar__volume_imbalance"."venue" IS 'Venue of the instrument.';
COMMENT ON COLUMN "mart"."bar__volume_imbalance"."market" IS 'Market of the instrument.';
COMMENT ON COLUMN "mart"."bar__volume_imbalance"."symbol" IS 'Symbol of the instrument.';

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

-- Unique in an instrument, kept by append: bucket_index. Order: bucket_index.
-- One partition a month (UTC), made ahead and when rows need it.
CREATE SCHEMA IF NOT EXISTS "mart";
CREATE TABLE IF NOT EXISTS "mart"."bar__vpin" (
    "venue" text COLLATE "C" NOT NULL,
    "market" text COLLATE "C" NOT NULL,
    "symbol" text COLLATE "C" NOT NULL,
    "bucket_index" bigint NOT NULL,
    "start_time" timestamptz NOT NULL,
    "end_time" timestamptz NOT NULL,
    "open" numeric(18,8) NOT NULL,
    "high" numeric(18,8) NOT NULL,
    "low" numeric(18,8) NOT NULL,
    "close" numeric(18,8) NOT NULL,
    "volume" numeric(38,8) NOT NULL,
    "buy_volume" numeric(38,8) NOT NULL,
    "sell_volume" numeric(38,8) NOT NULL,
    "unsigned_volume" numeric(38,8) NOT NULL,
    "imbalance" numeric(38,8) NOT NULL,
    "ticks" bigint NOT NULL,
    "vpin" double precision,
    CONSTRAINT "high_is_highest" CHECK (high >= open AND high >= close AND high >= low),
    CONSTRAINT "low_is_lowest" CHECK (low <= open AND low <= close),
    CONSTRAINT "volume_not_negative" CHECK (volume >= 0 AND buy_volume >= 0 AND sell_volume >= 0),
    CONSTRAINT "vpin_is_a_share" CHECK (vpin >= 0 AND vpin <= 1)
) PARTITION BY RANGE ("end_time");
CREATE TABLE IF NOT EXISTS "mart"."bar__vpin_default" PARTITION OF "mart"."bar__vpin" DEFAULT;
CREATE UNIQUE INDEX IF NOT EXISTS "bar__vpin_key" ON "mart"."bar__vpin" ("venue", "market", "symbol", "end_time", "bucket_index");
CREATE INDEX IF NOT EXISTS "bar__vpin_id" ON "mart"."bar__vpin" ("venue", "market", "symbol", "bucket_index");
COMMENT ON TABLE "mart"."bar__vpin" IS 'VPIN buckets of constant volume, trades split exactly (Easley, López de Prado & O''Hara 2012). Unique: bucket_index.';
COMMENT ON COLUMN "mart"."bar__vpin"."bucket_index" IS 'Number of the bucket since the series'' start, from 0.';
COMMENT ON COLUMN "mart"."bar__vpin"."start_time" IS 'Time of the first trade in the bucket.';
COMMENT ON COLUMN "mart"."bar__vpin"."end_time" IS 'Time of the trade that filled it; decides its UTC day.';
COMMENT ON COLUMN "mart"."bar__vpin"."open" IS 'First price in trade order.';
COMMENT ON COLUMN "mart"."bar__vpin"."high" IS 'Highest price.';
COMMENT ON COLUMN "mart"."bar__vpin"."low" IS 'Lowest price.';
COMMENT ON COLUMN "mart"."bar__vpin"."close" IS 'Last price in trade order.';
COMMENT ON COLUMN "mart"."bar__vpin"."volume" IS 'V, the bucket''s volume.';
COMMENT ON COLUMN "mart"."bar__vpin"."buy_volume" IS 'Buy volume Vb.';
COMMENT ON COLUMN "mart"."bar__vpin"."sell_volume" IS 'Sell volume Vs.';
COMMENT ON COLUMN "mart"."bar__vpin"."unsigned_volume" IS 'Volume before the tick rule knew a sign; V = Vb + Vs + this.';
COMMENT ON COLUMN "mart"."bar__vpin"."imbalance" IS '|Vb − Vs|.';
COMMENT ON COLUMN "mart"."bar__vpin"."ticks" IS 'Trades, or parts of trades, in the bucket.';
COMMENT ON COLUMN "mart"."bar__vpin"."vpin" IS 'Mean of |Vb − Vs| / V over the last n buckets; null before n buckets.';
COMMENT ON COLUMN "mart"."bar__vpin"."venue" IS 'Venue of the instrument.';
COMMENT ON COLUMN "mart"."bar__vpin"."market" IS 'Market of the instrument.';
COMMENT ON COLUMN "mart"."bar__vpin"."symbol" IS 'Symbol of the instrument.';

-- Unique in an instrument, kept by append: session_start, interval, detected_at, direction. Order: session_start, interval, detected_at, direction.
-- One partition a month (UTC), made ahead and when rows need it.
CREATE SCHEMA IF NOT EXISTS "mart";
CREATE TABLE IF NOT EXISTS "mart"."fair_value_gaps" (
    "venue" text COLLATE "C" NOT NULL,
    "market" text COLLATE "C" NOT NULL,
    "symbol" text COLLATE "C" NOT NULL,
    "session_start" timestamptz NOT NULL,
    "interval" text COLLATE "C" NOT NULL,
    "detected_at" timestamptz NOT NULL,
    "direction" text COLLATE "C" NOT NULL,
    "lower" numeric(18,8) NOT NULL,
    "upper" numeric(18,8) NOT NULL,
    "size" numeric(18,8) NOT NULL,
    "filled_fraction" double precision NOT NULL,
    "status" text COLLATE "C" NOT NULL,
    "touched_at" timestamptz,
    "filled_at" timestamptz,
    "expires_at" timestamptz NOT NULL,
    CONSTRAINT "gap_has_size" CHECK (upper > lower),
    CONSTRAINT "fraction_is_a_share" CHECK (filled_fraction >= 0 AND filled_fraction <= 1),
    CONSTRAINT "direction_known" CHECK ("direction" IN ('bullish', 'bearish')),
    CONSTRAINT "status_known" CHECK ("status" IN ('open', 'partial', 'filled', 'expired'))
) PARTITION BY RANGE ("session_start");
CREATE TABLE IF NOT EXISTS "mart"."fair_value_gaps_default" PARTITION OF "mart"."fair_value_gaps" DEFAULT;
CREATE UNIQUE INDEX IF NOT EXISTS "fair_value_gaps_key" ON "mart"."fair_value_gaps" ("venue", "market", "symbol", "session_start", "interval", "detected_at", "direction");
COMMENT ON TABLE "mart"."fair_value_gaps" IS 'Fair value gaps as they stood at the end of each UTC day: those live at its start and those found in it. Unique: session_start,interval,detected_at,direction.';
COMMENT ON COLUMN "mart"."fair_value_gaps"."session_start" IS 'UTC day at whose end the row holds.';
COMMENT ON COLUMN "mart"."fair_value_gaps"."interval" IS 'Candle length.';
COMMENT ON COLUMN "mart"."fair_value_gaps"."detected_at" IS 'Close time of the third candle.';
COMMENT ON COLUMN "mart"."fair_value_gaps"."direction" IS 'Which way price jumped.';
COMMENT ON COLUMN "mart"."fair_value_gaps"."lower" IS 'Lower edge.';
COMMENT ON COLUMN "mart"."fair_value_gaps"."upper" IS 'Upper edge.';
COMMENT ON COLUMN "mart"."fair_value_gaps"."size" IS 'upper − lower.';
COMMENT ON COLUMN "mart"."fair_value_gaps"."filled_fraction" IS 'Share filled from the near side; never falls.';
COMMENT ON COLUMN "mart"."fair_value_gaps"."status" IS 'Where it stands.';
COMMENT ON COLUMN "mart"."fair_value_gaps"."touched_at" IS 'Close time of the first candle that entered it.';
COMMENT ON COLUMN "mart"."fair_value_gaps"."filled_at" IS 'Close time of the candle that filled it.';
COMMENT ON COLUMN "mart"."fair_value_gaps"."expires_at" IS 'detected_at + 24 h.';
COMMENT ON COLUMN "mart"."fair_value_gaps"."venue" IS 'Venue of the instrument.';
COMMENT ON COLUMN "mart"."fair_value_gaps"."market" IS 'Market of the instrument.';
COMMENT ON COLUMN "mart"."fair_value_gaps"."symbol" IS 'Symbol of the instrument.';

-- Unique in an instrument, kept by append: interval, open_time, price_level. Order: interval, open_time, price_level.
-- One partition a month (UTC), made ahead and when rows need it.
CREATE SCHEMA IF NOT EXISTS "mart";
CREATE TABLE IF NOT EXISTS "mart"."footprint" (
    "venue" text COLLATE "C" NOT NULL,
    "market" text COLLATE "C" NOT NULL,
    "symbol" text COLLATE "C" NOT NULL,
    "interval" text COLLATE "C" NOT NULL,
    "open_time" timestamptz NOT NULL,
    "price_level" numeric(18,8) NOT NULL,
    "volume" numeric(38,8) NOT NULL,
    "buy_volume" numeric(38,8) NOT NULL,
    "sell_volume" numeric(38,8) NOT NULL,
    "delta" numeric(38,8) NOT NULL,
    "trades" bigint NOT NULL
) PARTITION BY RANGE ("open_time");
CREATE TABLE IF NOT EXISTS "mart"."footprint_default" PARTITION OF "mart"."footprint" DEFAULT;
CREATE UNIQUE INDEX IF NOT EXISTS "footprint_key" ON "mart"."footprint" ("venue", "market", "symbol", "interval", "open_time", "price_level");
COMMENT ON TABLE "mart"."footprint" IS 'Buy and sell volume per interval and price level. Unique: interval,open_time,price_level.';
COMMENT ON COLUMN "mart"."footprint"."interval" IS 'Window length.';
COMMENT ON COLUMN "mart"."footprint"."open_time" IS 'Start of the window.';
COMMENT ON COLUMN "mart"."footprint"."price_level" IS 'Price floored to the level''s tick.';
COMMENT ON COLUMN "mart"."footprint"."volume" IS 'Σq at the level.';
COMMENT ON COLUMN "mart"."footprint"."buy_volume" IS 'Σq of taker buys.';
COMMENT ON COLUMN "mart"."footprint"."sell_volume" IS 'Σq of taker sells.';
COMMENT ON COLUMN "mart"."footprint"."delta" IS 'buy_volume − sell_volume.';
COMMENT ON COLUMN "mart"."footprint"."trades" IS 'Trades at the level.';
COMMENT ON COLUMN "mart"."footprint"."venue" IS 'Venue of the instrument.';
COMMENT ON COLUMN "mart"."footprint"."market" IS 'Market of the instrument.';
COMMENT ON COLUMN "mart"."footprint"."symbol" IS 'Symbol of the instrument.';

-- Unique in an instrument, kept by append: session_start, price_level. Order: session_start, price_level.
-- One partition a month (UTC), made ahead and when rows need it.
CREATE SCHEMA IF NOT EXISTS "mart";
CREATE TABLE IF NOT EXISTS "mart"."market_profile" (
    "venue" text COLLATE "C" NOT NULL,
    "market" text COLLATE "C" NOT NULL,
    "symbol" text COLLATE "C" NOT NULL,
    "session_start" timestamptz NOT NULL,
    "price_level" numeric(18,8) NOT NULL,
    "volume" numeric(38,8) NOT NULL,
    "buy_volume" numeric(38,8) NOT NULL,
    "sell_volume" numeric(38,8) NOT NULL,
    "trades" bigint NOT NULL,
    "in_value_area" boolean NOT NULL,
    "poc" numeric(18,8) NOT NULL,
    "vah" numeric(18,8) NOT NULL,
    "val" numeric(18,8) NOT NULL,
    "tick" numeric(18,8) NOT NULL,
    CONSTRAINT "value_area_order" CHECK (val <= poc AND poc <= vah)
) PARTITION BY RANGE ("session_start");
CREATE TABLE IF NOT EXISTS "mart"."market_profile_default" PARTITION OF "mart"."market_profile" DEFAULT;
CREATE UNIQUE INDEX IF NOT EXISTS "market_profile_key" ON "mart"."market_profile" ("venue", "market", "symbol", "session_start", "price_level");
COMMENT ON TABLE "mart"."market_profile" IS 'Volume per price level over a session, with POC and value area; one row a traded level. Unique: session_start,price_level.';
COMMENT ON COLUMN "mart"."market_profile"."session_start" IS 'Start of the session (UTC day).';
COMMENT ON COLUMN "mart"."market_profile"."price_level" IS 'Price floored to `tick`.';
COMMENT ON COLUMN "mart"."market_profile"."volume" IS 'Σq at the level.';
COMMENT ON COLUMN "mart"."market_profile"."buy_volume" IS 'Σq of taker buys.';
COMMENT ON COLUMN "mart"."market_profile"."sell_volume" IS 'Σq of taker sells.';
COMMENT ON COLUMN "mart"."market_profile"."trades" IS 'Trades at the level.';
COMMENT ON COLUMN "mart"."market_profile"."in_value_area" IS 'True if VAL ≤ level ≤ VAH.';
COMMENT ON COLUMN "mart"."market_profile"."poc" IS 'The session''s point of control, the same in each row.';
COMMENT ON COLUMN "mart"."market_profile"."vah" IS 'Value area high.';
COMMENT ON COLUMN "mart"."market_profile"."val" IS 'Value area low.';
COMMENT ON COLUMN "mart"."market_profile"."tick" IS 'Level width.';
COMMENT ON COLUMN "mart"."market_profile"."venue" IS 'Venue of the instrument.';
COMMENT ON COLUMN "mart"."market_profile"."market" IS 'Market of the instrument.';
COMMENT ON COLUMN "mart"."market_profile"."symbol" IS 'Symbol of the instrument.';

-- Unique in an instrument, kept by append: interval, open_time. Order: interval, open_time.
-- One partition a month (UTC), made ahead and when rows need it.
CREATE SCHEMA IF NOT EXISTS "mart";
CREATE TABLE IF NOT EXISTS "mart"."order_flow" (
    "venue" text COLLATE "C" NOT NULL,
    "market" text COLLATE "C" NOT NULL,
    "symbol" text COLLATE "C" NOT NULL,
    "interval" text COLLATE "C" NOT NULL,
    "open_time" timestamptz NOT NULL,
    "volume" numeric(38,8) NOT NULL,
    "buy_volume" numeric(38,8) NOT NULL,
    "sell_volume" numeric(38,8) NOT NULL,
    "delta" numeric(38,8) NOT NULL,
    "cvd" numeric(38,8) NOT NULL,
    "cvd_session" numeric(38,8) NOT NULL,
    "imbalance_ratio" double precision,
    "imbalance" double precision,
    "trades" bigint NOT NULL,
    "buy_trades" bigint NOT NULL,
    "sell_trades" bigint NOT NULL,
    "largest_trade" numeric(20,8) NOT NULL,
    CONSTRAINT "delta_is_difference" CHECK (delta = buy_volume - sell_volume)
) PARTITION BY RANGE ("open_time");
CREATE TABLE IF NOT EXISTS "mart"."order_flow_default" PARTITION OF "mart"."order_flow" DEFAULT;
CREATE UNIQUE INDEX IF NOT EXISTS "order_flow_key" ON "mart"."order_flow" ("venue", "market", "symbol", "interval", "open_time");
COMMENT ON TABLE "mart"."order_flow" IS 'Buy and sell volume, delta and cumulative volume delta per interval. Unique: interval,open_time.';
COMMENT ON COLUMN "mart"."order_flow"."interval" IS 'Window length.';
COMMENT ON COLUMN "mart"."order_flow"."open_time" IS 'Start of the window.';
COMMENT ON COLUMN "mart"."order_flow"."volume" IS 'Σq.';
COMMENT ON COLUMN "mart"."order_flow"."buy_volume" IS 'Σq of taker buys.';
COMMENT ON COLUMN "mart"."order_flow"."sell_volume" IS 'Σq of taker sells.';
COMMENT ON COLUMN "mart"."order_flow"."delta" IS 'buy_volume − sell_volume.';
COMMENT ON COLUMN "mart"."order_flow"."cvd" IS 'Running Σ delta since the series'' start.';
COMMENT ON COLUMN "mart"."order_flow"."cvd_session" IS 'Running Σ delta since 00:00 UTC.';
COMMENT ON COLUMN "mart"."order_flow"."imbalance_ratio" IS 'buy / sell; null when sell = 0.';
COMMENT ON COLUMN "mart"."order_flow"."imbalance" IS '(buy − sell) / (buy + sell); null when both are 0.';
COMMENT ON COLUMN "mart"."order_flow"."trades" IS 'Trades in the window.';
COMMENT ON COLUMN "mart"."order_flow"."buy_trades" IS 'Taker buys.';
COMMENT ON COLUMN "mart"."order_flow"."sell_trades" IS 'Taker sells.';
COMMENT ON COLUMN "mart"."order_flow"."largest_trade" IS 'Quantity of the largest trade.';
COMMENT ON COLUMN "mart"."order_flow"."venue" IS 'Venue of the instrument.';
COMMENT ON COLUMN "mart"."order_flow"."market" IS 'Market of the instrument.';
COMMENT ON COLUMN "mart"."order_flow"."symbol" IS 'Symbol of the instrument.';

-- Unique in an instrument, kept by append: session_start, interval, detected_at, kind. Order: session_start, interval, detected_at, kind.
-- One partition a month (UTC), made ahead and when rows need it.
CREATE SCHEMA IF NOT EXISTS "mart";
CREATE TABLE IF NOT EXISTS "mart"."supply_demand_zones" (
    "venue" text COLLATE "C" NOT NULL,
    "market" text COLLATE "C" NOT NULL,
    "symbol" text COLLATE "C" NOT NULL,
    "session_start" timestamptz NOT NULL,
    "interval" text COLLATE "C" NOT NULL,
    "detected_at" timestamptz NOT NULL,
    "kind" text COLLATE "C" NOT NULL,
    "lower" numeric(18,8) NOT NULL,
    "upper" numeric(18,8) NOT NULL,
    "base_start" timestamptz NOT NULL,
    "base_candles" bigint NOT NULL,
    "strength" double precision NOT NULL,
    "status" text COLLATE "C" NOT NULL,
    "tested_at" timestamptz,
    "broken_at" timestamptz,
    CONSTRAINT "zone_order" CHECK (upper >= lower),
    CONSTRAINT "kind_known" CHECK ("kind" IN ('demand', 'supply')),
    CONSTRAINT "status_known" CHECK ("status" IN ('fresh', 'tested', 'broken', 'dropped'))
) PARTITION BY RANGE ("session_start");
CREATE TABLE IF NOT EXISTS "mart"."supply_demand_zones_default" PARTITION OF "mart"."supply_demand_zones" DEFAULT;
CREATE UNIQUE INDEX IF NOT EXISTS "supply_demand_zones_key" ON "mart"."supply_demand_zones" ("venue", "market", "symbol", "session_start", "interval", "detected_at", "kind");
COMMENT ON TABLE "mart"."supply_demand_zones" IS 'Supply and demand zones as they stood at the end of each UTC day; at most 50 live ones. Unique: session_start,interval,detected_at,kind.';
COMMENT ON COLUMN "mart"."supply_demand_zones"."session_start" IS 'UTC day at whose end the row holds.';
COMMENT ON COLUMN "mart"."supply_demand_zones"."interval" IS 'Candle length.';
COMMENT ON COLUMN "mart"."supply_demand_zones"."detected_at" IS 'Close time of the departure candle.';
COMMENT ON COLUMN "mart"."supply_demand_zones"."kind" IS 'Departure up = demand, down = supply.';
COMMENT ON COLUMN "mart"."supply_demand_zones"."lower" IS 'Low of the base.';
COMMENT ON COLUMN "mart"."supply_demand_zones"."upper" IS 'High of the base.';
COMMENT ON COLUMN "mart"."supply_demand_zones"."base_start" IS 'Open time of the base''s first candle.';
COMMENT ON COLUMN "mart"."supply_demand_zones"."base_candles" IS 'Candles in the base, 1-6.';
COMMENT ON COLUMN "mart"."supply_demand_zones"."strength" IS 'Departure body / ATR(14).';
COMMENT ON COLUMN "mart"."supply_demand_zones"."status" IS 'Where it stands.';
COMMENT ON COLUMN "mart"."supply_demand_zones"."tested_at" IS 'Close time of the first candle that came back.';
COMMENT ON COLUMN "mart"."supply_demand_zones"."broken_at" IS 'Close time of the candle that closed beyond the far side.';
COMMENT ON COLUMN "mart"."supply_demand_zones"."venue" IS 'Venue of the instrument.';
COMMENT ON COLUMN "mart"."supply_demand_zones"."market" IS 'Market of the instrument.';
COMMENT ON COLUMN "mart"."supply_demand_zones"."symbol" IS 'Symbol of the instrument.';

-- Unique in an instrument, kept by append: dataset, day. Order: dataset, day.
CREATE SCHEMA IF NOT EXISTS "meta";
CREATE TABLE IF NOT EXISTS "meta"."checkpoints" (
    "venue" text COLLATE "C" NOT NULL,
    "market" text COLLATE "C" NOT NULL,
    "symbol" text COLLATE "C" NOT NULL,
    "dataset" text COLLATE "C" NOT NULL,
    "day" date NOT NULL,
    "fingerprint" text COLLATE "C" NOT NULL,
    "state" bytea NOT NULL,
    "state_digest" text COLLATE "C" NOT NULL,
    "rows" bigint
);
CREATE UNIQUE INDEX IF NOT EXISTS "checkpoints_key" ON "meta"."checkpoints" ("venue", "market", "symbol", "dataset", "day");
COMMENT ON TABLE "meta"."checkpoints" IS 'State of a derived series at a day''s end, with the fingerprint of all that it depends on. Unique: dataset,day.';
COMMENT ON COLUMN "meta"."checkpoints"."dataset" IS 'The derived dataset.';
COMMENT ON COLUMN "meta"."checkpoints"."day" IS 'UTC day at whose end the state holds.';
COMMENT ON COLUMN "meta"."checkpoints"."fingerprint" IS 'Hash of parameters, the state before the day and the day''s trades.';
COMMENT ON COLUMN "meta"."checkpoints"."state" IS 'The fold''s state, as its kernel writes it.';
COMMENT ON COLUMN "meta"."checkpoints"."state_digest" IS 'sha256 of `state`: a later day''s fingerprint needs this, not the state itself.';
COMMENT ON COLUMN "meta"."checkpoints"."rows" IS 'Rows that the day gives; null where they were not written: only passed.';
COMMENT ON COLUMN "meta"."checkpoints"."venue" IS 'Venue of the instrument.';
COMMENT ON COLUMN "meta"."checkpoints"."market" IS 'Market of the instrument.';
COMMENT ON COLUMN "meta"."checkpoints"."symbol" IS 'Symbol of the instrument.';

-- Unique in an instrument, kept by append: gatherer, position, kind, against. Order: measured_at, position.
CREATE SCHEMA IF NOT EXISTS "meta";
CREATE TABLE IF NOT EXISTS "meta"."clocks" (
    "venue" text COLLATE "C" NOT NULL,
    "market" text COLLATE "C" NOT NULL,
    "symbol" text COLLATE "C" NOT NULL,
    "gatherer" text COLLATE "C" NOT NULL,
    "position" text COLLATE "C" NOT NULL,
    "kind" text COLLATE "C" NOT NULL,
    "against" text COLLATE "C" NOT NULL,
    "offset_us" bigint NOT NULL,
    "round_trip_us" bigint,
    "measured_at" timestamptz NOT NULL
);
CREATE UNIQUE INDEX IF NOT EXISTS "clocks_key" ON "meta"."clocks" ("venue", "market", "symbol", "gatherer", "position", "kind", "against");
COMMENT ON TABLE "meta"."clocks" IS 'A gatherer''s wall clock against a venue''s, and its steps: receive times near a step are not to be trusted. Unique: gatherer,position,kind,against.';
COMMENT ON COLUMN "meta"."clocks"."gatherer" IS 'The gatherer.';
COMMENT ON COLUMN "meta"."clocks"."position" IS 'Place in its journal.';
COMMENT ON COLUMN "meta"."clocks"."kind" IS '`offset`: measured against a venue; `step`: the wall clock jumped.';
COMMENT ON COLUMN "meta"."clocks"."against" IS 'Venue measured against; empty for a step.';
COMMENT ON COLUMN "meta"."clocks"."offset_us" IS 'Local minus venue time, or size of the step, µs.';
COMMENT ON COLUMN "meta"."clocks"."round_trip_us" IS 'Round trip of the measurement: its uncertainty, µs.';
COMMENT ON COLUMN "meta"."clocks"."measured_at" IS 'Wall clock of the gatherer.';
COMMENT ON COLUMN "meta"."clocks"."venue" IS 'Venue of the instrument.';
COMMENT ON COLUMN "meta"."clocks"."market" IS 'Market of the instrument.';
COMMENT ON COLUMN "meta"."clocks"."symbol" IS 'Symbol of the instrument.';

-- Unique in an instrument, kept by append: dataset, day. Order: dataset, day.
CREATE SCHEMA IF NOT EXISTS "meta";
CREATE TABLE IF NOT EXISTS "meta"."coverage" (
    "venue" text COLLATE "C" NOT NULL,
    "market" text COLLATE "C" NOT NULL,
    "symbol" text COLLATE "C" NOT NULL,
    "dataset" text COLLATE "C" NOT NULL,
    "day" date NOT NULL,
    "rows" bigint NOT NULL,
    "first_time" timestamptz NOT NULL,
    "last_time" timestamptz NOT NULL,
    "first_sequence" bigint,
    "last_sequence" bigint,
    "digest" text COLLATE "C" NOT NULL,
    "irregular" bigint NOT NULL
);
CREATE UNIQUE INDEX IF NOT EXISTS "coverage_key" ON "meta"."coverage" ("venue", "market", "symbol", "dataset", "day");
COMMENT ON TABLE "meta"."coverage" IS 'What the file holds, a row a dataset and UTC day, committed with every change of the rows. Unique: dataset,day.';
COMMENT ON COLUMN "meta"."coverage"."dataset" IS 'Dataset.';
COMMENT ON COLUMN "meta"."coverage"."day" IS 'UTC day.';
COMMENT ON COLUMN "meta"."coverage"."rows" IS 'Number of rows.';
COMMENT ON COLUMN "meta"."coverage"."first_time" IS 'Smallest time.';
COMMENT ON COLUMN "meta"."coverage"."last_time" IS 'Largest time.';
COMMENT ON COLUMN "meta"."coverage"."first_sequence" IS 'Smallest sequence, where the dataset has one.';
COMMENT ON COLUMN "meta"."coverage"."last_sequence" IS 'Largest sequence.';
COMMENT ON COLUMN "meta"."coverage"."digest" IS 'Order-independent hash of the rows, receive times left out; 32 hexadecimal digits.';
COMMENT ON COLUMN "meta"."coverage"."irregular" IS 'Rows whose sequence is not their id as a number.';
COMMENT ON COLUMN "meta"."coverage"."venue" IS 'Venue of the instrument.';
COMMENT ON COLUMN "meta"."coverage"."market" IS 'Market of the instrument.';
COMMENT ON COLUMN "meta"."coverage"."symbol" IS 'Symbol of the instrument.';

-- Unique in an instrument, kept by append: gatherer. Order: gatherer.
CREATE SCHEMA IF NOT EXISTS "meta";
CREATE TABLE IF NOT EXISTS "meta"."cursors" (
    "venue" text COLLATE "C" NOT NULL,
    "market" text COLLATE "C" NOT NULL,
    "symbol" text COLLATE "C" NOT NULL,
    "gatherer" text COLLATE "C" NOT NULL,
    "position" text COLLATE "C" NOT NULL,
    "state" bytea,
    "ts_recv" timestamptz,
    "moved_at" timestamptz NOT NULL
);
CREATE UNIQUE INDEX IF NOT EXISTS "cursors_key" ON "meta"."cursors" ("venue", "market", "symbol", "gatherer");
COMMENT ON TABLE "meta"."cursors" IS 'How far each gatherer''s recording has been landed; committed in the same transaction as the rows. Unique: gatherer.';
COMMENT ON COLUMN "meta"."cursors"."gatherer" IS 'The gatherer whose journal or database is read.';
COMMENT ON COLUMN "meta"."cursors"."position" IS 'Where reading goes on: `segment:offset` of a journal, else the source''s own text.';
COMMENT ON COLUMN "meta"."cursors"."state" IS 'What decoding must remember over a cut of the stream; null: nothing.';
COMMENT ON COLUMN "meta"."cursors"."ts_recv" IS 'Receipt of the last frame before the position.';
COMMENT ON COLUMN "meta"."cursors"."moved_at" IS 'When the cursor was moved.';
COMMENT ON COLUMN "meta"."cursors"."venue" IS 'Venue of the instrument.';
COMMENT ON COLUMN "meta"."cursors"."market" IS 'Market of the instrument.';
COMMENT ON COLUMN "meta"."cursors"."symbol" IS 'Symbol of the instrument.';

-- Unique in an instrument, kept by append: gap_id. Order: from_time, gap_id.
CREATE SCHEMA IF NOT EXISTS "meta";
CREATE TABLE IF NOT EXISTS "meta"."gaps" (
    "venue" text COLLATE "C" NOT NULL,
    "market" text COLLATE "C" NOT NULL,
    "symbol" text COLLATE "C" NOT NULL,
    "gap_id" text COLLATE "C" NOT NULL,
    "dataset" text COLLATE "C" NOT NULL,
    "first_missing" bigint,
    "last_missing" bigint,
    "from_time" timestamptz NOT NULL,
    "to_time" timestamptz NOT NULL,
    "missing" bigint,
    "detected_by" text COLLATE "C" NOT NULL,
    "status" text COLLATE "C" NOT NULL,
    "reason" text COLLATE "C",
    "attempts" bigint NOT NULL,
    "opened_at" timestamptz NOT NULL,
    "closed_at" timestamptz,
    CONSTRAINT "status_known" CHECK ("status" IN ('open', 'repaired', 'irreparable'))
);
CREATE UNIQUE INDEX IF NOT EXISTS "gaps_key" ON "meta"."gaps" ("venue", "market", "symbol", "gap_id");
COMMENT ON TABLE "meta"."gaps" IS 'The gap ledger: what no gatherer saw, and what became of it. Unique: gap_id.';
COMMENT ON COLUMN "meta"."gaps"."gap_id" IS 'Name of the gap, stable while its status changes.';
COMMENT ON COLUMN "meta"."gaps"."dataset" IS 'Dataset with the hole.';
COMMENT ON COLUMN "meta"."gaps"."first_missing" IS 'First id that is missing, where the venue numbers.';
COMMENT ON COLUMN "meta"."gaps"."last_missing" IS 'Last id that is missing, where the venue numbers.';
COMMENT ON COLUMN "meta"."gaps"."from_time" IS 'Time of the last record before the hole.';
COMMENT ON COLUMN "meta"."gaps"."to_time" IS 'Time of the first record after it.';
COMMENT ON COLUMN "meta"."gaps"."missing" IS 'Records missing, where that is known.';
COMMENT ON COLUMN "meta"."gaps"."detected_by" IS 'What noticed it: `landing:ids`, `landing:book`, `landing:silence`, `import`.';
COMMENT ON COLUMN "meta"."gaps"."status" IS 'What became of it.';
COMMENT ON COLUMN "meta"."gaps"."reason" IS 'Why it is irreparable, or the last attempt failed.';
COMMENT ON COLUMN "meta"."gaps"."attempts" IS 'Repairs that were tried.';
COMMENT ON COLUMN "meta"."gaps"."opened_at" IS 'When it was written here first.';
COMMENT ON COLUMN "meta"."gaps"."closed_at" IS 'When its status left `open`.';
COMMENT ON COLUMN "meta"."gaps"."venue" IS 'Venue of the instrument.';
COMMENT ON COLUMN "meta"."gaps"."market" IS 'Market of the instrument.';
COMMENT ON COLUMN "meta"."gaps"."symbol" IS 'Symbol of the instrument.';

-- Unique in an instrument, kept by append: sha256. Order: covers_from, source.
CREATE SCHEMA IF NOT EXISTS "meta";
CREATE TABLE IF NOT EXISTS "meta"."imports" (
    "venue" text COLLATE "C" NOT NULL,
    "market" text COLLATE "C" NOT NULL,
    "symbol" text COLLATE "C" NOT NULL,
    "sha256" text COLLATE "C" NOT NULL,
    "source" text COLLATE "C" NOT NULL,
    "format" text COLLATE "C" NOT NULL,
    "rows" bigint NOT NULL,
    "quarantined" bigint NOT NULL,
    "covers_from" timestamptz,
    "covers_to" timestamptz,
    "seconds" double precision,
    "imported_at" timestamptz NOT NULL
);
CREATE UNIQUE INDEX IF NOT EXISTS "imports_key" ON "meta"."imports" ("venue", "market", "symbol", "sha256");
COMMENT ON TABLE "meta"."imports" IS 'Which files were imported and what stretch of time each claims to cover; one row per file content. Unique: sha256.';
COMMENT ON COLUMN "meta"."imports"."sha256" IS 'Of the file as it lay on disk.';
COMMENT ON COLUMN "meta"."imports"."source" IS 'File name.';
COMMENT ON COLUMN "meta"."imports"."format" IS 'The format it was read as.';
COMMENT ON COLUMN "meta"."imports"."rows" IS 'Rows decoded for this instrument and dataset.';
COMMENT ON COLUMN "meta"."imports"."quarantined" IS 'Rows put into quarantine.';
COMMENT ON COLUMN "meta"."imports"."covers_from" IS 'Start of the stretch that the file records without a hole.';
COMMENT ON COLUMN "meta"."imports"."covers_to" IS 'End of that stretch, half-open.';
COMMENT ON COLUMN "meta"."imports"."seconds" IS 'How long the import took.';
COMMENT ON COLUMN "meta"."imports"."imported_at" IS 'When it was last imported.';
COMMENT ON COLUMN "meta"."imports"."venue" IS 'Venue of the instrument.';
COMMENT ON COLUMN "meta"."imports"."market" IS 'Market of the instrument.';
COMMENT ON COLUMN "meta"."imports"."symbol" IS 'Symbol of the instrument.';

CREATE SCHEMA IF NOT EXISTS "meta";
CREATE TABLE IF NOT EXISTS "meta"."key_ranges" (
    "venue" text COLLATE "C" NOT NULL,
    "market" text COLLATE "C" NOT NULL,
    "symbol" text COLLATE "C" NOT NULL,
    "dataset" text COLLATE "C" NOT NULL,
    "day" date NOT NULL,
    "first_key" text COLLATE "C" NOT NULL,
    "last_key" text COLLATE "C" NOT NULL,
    PRIMARY KEY ("venue", "market", "symbol", "dataset", "day")
);
COMMENT ON TABLE "meta"."key_ranges" IS 'Bounds of the ids that a day holds: days that cannot hold an id are not searched for it.';

CREATE SCHEMA IF NOT EXISTS "meta";
CREATE TABLE IF NOT EXISTS "meta"."known_instruments" (
    "venue" text COLLATE "C" NOT NULL,
    "market" text COLLATE "C" NOT NULL,
    "symbol" text COLLATE "C" NOT NULL,
    PRIMARY KEY ("venue", "market", "symbol")
);
COMMENT ON TABLE "meta"."known_instruments" IS 'Instruments that the store holds, rows or bookkeeping.';

-- Unique in an instrument, kept by append: dataset, source, position, reason. Order: source, position.
CREATE SCHEMA IF NOT EXISTS "meta";
CREATE TABLE IF NOT EXISTS "meta"."quarantine" (
    "venue" text COLLATE "C" NOT NULL,
    "market" text COLLATE "C" NOT NULL,
    "symbol" text COLLATE "C" NOT NULL,
    "dataset" text COLLATE "C" NOT NULL,
    "source" text COLLATE "C" NOT NULL,
    "position" bigint NOT NULL,
    "reason" text COLLATE "C" NOT NULL,
    "payload" text COLLATE "C" NOT NULL,
    "ts_event" timestamptz,
    "quarantined_at" timestamptz NOT NULL
);
CREATE UNIQUE INDEX IF NOT EXISTS "quarantine_key" ON "meta"."quarantine" ("venue", "market", "symbol", "dataset", "source", "position", "reason");
COMMENT ON TABLE "meta"."quarantine" IS 'Rows and frames that could not be stored, with where they came from and why. Nothing is dropped silently. Unique: dataset,source,position,reason.';
COMMENT ON COLUMN "meta"."quarantine"."dataset" IS 'Dataset that the row was meant for.';
COMMENT ON COLUMN "meta"."quarantine"."source" IS 'File name or stream it came from.';
COMMENT ON COLUMN "meta"."quarantine"."position" IS 'Line (from 1) in the decompressed source, or offset.';
COMMENT ON COLUMN "meta"."quarantine"."reason" IS 'Why it was not stored, e.g. `conflict: price differs`.';
COMMENT ON COLUMN "meta"."quarantine"."payload" IS 'The row or frame as it was read, cut at 4,096 characters.';
COMMENT ON COLUMN "meta"."quarantine"."ts_event" IS 'Exchange time, where it could be read.';
COMMENT ON COLUMN "meta"."quarantine"."quarantined_at" IS 'When it was put here.';
COMMENT ON COLUMN "meta"."quarantine"."venue" IS 'Venue of the instrument.';
COMMENT ON COLUMN "meta"."quarantine"."market" IS 'Market of the instrument.';
COMMENT ON COLUMN "meta"."quarantine"."symbol" IS 'Symbol of the instrument.';

-- Unique in an instrument, kept by append: event_id, side, price. Order: ts_event, update_id, event_id, side, price.
-- One partition a day (UTC), made ahead and when rows need it.
CREATE SCHEMA IF NOT EXISTS "raw";
CREATE TABLE IF NOT EXISTS "raw"."book_deltas" (
    "venue" text COLLATE "C" NOT NULL,
    "market" text COLLATE "C" NOT NULL,
    "symbol" text COLLATE "C" NOT NULL,
    "ts_event" timestamptz NOT NULL,
    "ts_recv" timestamptz,
    "event_id" text COLLATE "C" NOT NULL,
    "first_update_id" bigint,
    "update_id" bigint,
    "previous_update_id" bigint,
    "side" text COLLATE "C" NOT NULL,
    "price" numeric(18,8) NOT NULL,
    "quantity" numeric(20,8),
    "change" numeric(20,8),
    "cross_sequence" bigint,
    CONSTRAINT "event_id_present" CHECK (event_id <> ''),
    CONSTRAINT "none_is_empty" CHECK (side <> 'none' OR price = 0),
    CONSTRAINT "quantity_not_negative" CHECK (quantity >= 0),
    CONSTRAINT "quantity_or_change" CHECK (quantity IS NOT NULL OR change IS NOT NULL),
    CONSTRAINT "id_range" CHECK (update_id >= first_update_id),
    CONSTRAINT "side_known" CHECK ("side" IN ('bid', 'ask', 'none'))
) PARTITION BY RANGE ("ts_event");
CREATE TABLE IF NOT EXISTS "raw"."book_deltas_default" PARTITION OF "raw"."book_deltas" DEFAULT;
CREATE UNIQUE INDEX IF NOT EXISTS "book_deltas_key" ON "raw"."book_deltas" ("venue", "market", "symbol", "ts_event", "event_id", "side", "price");
CREATE INDEX IF NOT EXISTS "book_deltas_id" ON "raw"."book_deltas" ("event_id");
COMMENT ON TABLE "raw"."book_deltas" IS 'Changed book levels, one row per level, with the ids by which a gap between two events is seen. Unique: event_id,side,price.';
COMMENT ON COLUMN "raw"."book_deltas"."ts_event" IS 'Exchange time, UTC, microseconds; where the venue gives none, the first receipt.';
COMMENT ON COLUMN "raw"."book_deltas"."ts_recv" IS 'First receipt over all recordings by their own clocks; null where those had been stepped. Never order by it.';
COMMENT ON COLUMN "raw"."book_deltas"."event_id" IS 'The venue''s number of the event, else its time and content: equal in all recordings.';
COMMENT ON COLUMN "raw"."book_deltas"."first_update_id" IS 'First update id in the event, where the venue gives a range.';
COMMENT ON COLUMN "raw"."book_deltas"."update_id" IS 'Last update id of the event. Null where the venue counts messages of a connection instead.';
COMMENT ON COLUMN "raw"."book_deltas"."previous_update_id" IS 'Last update id of the event before, where the venue gives it.';
COMMENT ON COLUMN "raw"."book_deltas"."side" IS 'Side of the level; `none` marks an event that names no level: its ids belong to the chain all the same.';
COMMENT ON COLUMN "raw"."book_deltas"."price" IS 'Price of the level; 0 on a `none` row.';
COMMENT ON COLUMN "raw"."book_deltas"."quantity" IS 'New quantity at the level; 0: the level is gone. Null: see `change`.';
COMMENT ON COLUMN "raw"."book_deltas"."change" IS 'Signed change of the quantity, where the venue gives that instead.';
COMMENT ON COLUMN "raw"."book_deltas"."cross_sequence" IS 'A number that orders books of all depths against trades, where the venue gives one.';
COMMENT ON COLUMN "raw"."book_deltas"."venue" IS 'Venue of the instrument.';
COMMENT ON COLUMN "raw"."book_deltas"."market" IS 'Market of the instrument.';
COMMENT ON COLUMN "raw"."book_deltas"."symbol" IS 'Symbol of the instrument.';

-- Unique in an instrument, kept by append: event_id, side, price. Order: ts_event, update_id, event_id, side, price.
-- One partition a day (UTC), made ahead and when rows need it.
CREATE SCHEMA IF NOT EXISTS "raw";
CREATE TABLE IF NOT EXISTS "raw"."book_snapshots" (
    "venue" text COLLATE "C" NOT NULL,
    "market" text COLLATE "C" NOT NULL,
    "symbol" text COLLATE "C" NOT NULL,
    "ts_event" timestamptz NOT NULL,
    "ts_recv" timestamptz,
    "event_id" text COLLATE "C" NOT NULL,
    "update_id" bigint,
    "side" text COLLATE "C" NOT NULL,
    "price" numeric(18,8) NOT NULL,
    "quantity" numeric(20,8) NOT NULL,
    CONSTRAINT "event_id_present" CHECK (event_id <> ''),
    CONSTRAINT "none_is_empty" CHECK (side <> 'none' OR price = 0),
    CONSTRAINT "quantity_not_negative" CHECK (quantity >= 0),
    CONSTRAINT "side_known" CHECK ("side" IN ('bid', 'ask', 'none'))
) PARTITION BY RANGE ("ts_event");
CREATE TABLE IF NOT EXISTS "raw"."book_snapshots_default" PARTITION OF "raw"."book_snapshots" DEFAULT;
CREATE UNIQUE INDEX IF NOT EXISTS "book_snapshots_key" ON "raw"."book_snapshots" ("venue", "market", "symbol", "ts_event", "event_id", "side", "price");
CREATE INDEX IF NOT EXISTS "book_snapshots_id" ON "raw"."book_snapshots" ("event_id");
COMMENT ON TABLE "raw"."book_snapshots" IS 'Snapshots as the venue gave them, one row per level: what deltas are joined to. Unique: event_id,side,price.';
COMMENT ON COLUMN "raw"."book_snapshots"."ts_event" IS 'Exchange time, UTC, microseconds; where the venue gives none, the first receipt.';
COMMENT ON COLUMN "raw"."book_snapshots"."ts_recv" IS 'First receipt over all recordings by their own clocks; null where those had been stepped. Never order by it.';
COMMENT ON COLUMN "raw"."book_snapshots"."event_id" IS 'The venue''s number of the event, else its time and content: equal in all recordings.';
COMMENT ON COLUMN "raw"."book_snapshots"."update_id" IS 'The book''s last update id: deltas after it follow.';
COMMENT ON COLUMN "raw"."book_snapshots"."side" IS 'Side of the level; `none` marks an event that names no level: its ids belong to the chain all the same.';
COMMENT ON COLUMN "raw"."book_snapshots"."price" IS 'Price of the level; 0 on a `none` row.';
COMMENT ON COLUMN "raw"."book_snapshots"."quantity" IS 'Quantity at the level, in the venue''s unit.';
COMMENT ON COLUMN "raw"."book_snapshots"."venue" IS 'Venue of the instrument.';
COMMENT ON COLUMN "raw"."book_snapshots"."market" IS 'Market of the instrument.';
COMMENT ON COLUMN "raw"."book_snapshots"."symbol" IS 'Symbol of the instrument.';

-- Unique in an instrument, kept by append: event_id. Order: ts_event, sequence, event_id.
-- One partition a month (UTC), made ahead and when rows need it.
CREATE SCHEMA IF NOT EXISTS "raw";
CREATE TABLE IF NOT EXISTS "raw"."funding_rates" (
    "venue" text COLLATE "C" NOT NULL,
    "market" text COLLATE "C" NOT NULL,
    "symbol" text COLLATE "C" NOT NULL,
    "ts_event" timestamptz NOT NULL,
    "ts_recv" timestamptz,
    "event_id" text COLLATE "C" NOT NULL,
    "sequence" bigint,
    "rate" numeric(18,12),
    "rate_8h" numeric(18,12),
    "mark_price" numeric(18,8),
    "index_price" numeric(18,8),
    "next_funding_time" timestamptz,
    CONSTRAINT "event_id_present" CHECK (event_id <> ''),
    CONSTRAINT "rate_or_time" CHECK (rate IS NOT NULL OR rate_8h IS NOT NULL OR next_funding_time IS NOT NULL)
) PARTITION BY RANGE ("ts_event");
CREATE TABLE IF NOT EXISTS "raw"."funding_rates_default" PARTITION OF "raw"."funding_rates" DEFAULT;
CREATE UNIQUE INDEX IF NOT EXISTS "funding_rates_key" ON "raw"."funding_rates" ("venue", "market", "symbol", "ts_event", "event_id");
CREATE INDEX IF NOT EXISTS "funding_rates_id" ON "raw"."funding_rates" ("event_id");
COMMENT ON TABLE "raw"."funding_rates" IS 'Funding rates of perpetuals as they are announced, beside the mark and index price of the moment. Unique: event_id.';
COMMENT ON COLUMN "raw"."funding_rates"."ts_event" IS 'Exchange time, UTC, microseconds.';
COMMENT ON COLUMN "raw"."funding_rates"."ts_recv" IS 'First receipt over all recordings by their own clocks; null where those had been stepped. Never order by it.';
COMMENT ON COLUMN "raw"."funding_rates"."event_id" IS 'The venue''s number of the event, else its time and content: equal in all recordings.';
COMMENT ON COLUMN "raw"."funding_rates"."sequence" IS 'The venue''s number of the event, where it has one.';
COMMENT ON COLUMN "raw"."funding_rates"."rate" IS 'Rate of the period that ends at `next_funding_time`, as a fraction.';
COMMENT ON COLUMN "raw"."funding_rates"."rate_8h" IS 'Rate over the last eight hours, as a fraction, where the venue gives it.';
COMMENT ON COLUMN "raw"."funding_rates"."mark_price" IS 'Mark price, where the message has it.';
COMMENT ON COLUMN "raw"."funding_rates"."index_price" IS 'Index price, where the message has it.';
COMMENT ON COLUMN "raw"."funding_rates"."next_funding_time" IS 'When it is paid next; null where funding is paid continuously.';
COMMENT ON COLUMN "raw"."funding_rates"."venue" IS 'Venue of the instrument.';
COMMENT ON COLUMN "raw"."funding_rates"."market" IS 'Market of the instrument.';
COMMENT ON COLUMN "raw"."funding_rates"."symbol" IS 'Symbol of the instrument.';

-- Unique in an instrument, kept by append: event_id. Order: ts_event, sequence, event_id.
-- One partition a month (UTC), made ahead and when rows need it.
CREATE SCHEMA IF NOT EXISTS "raw";
CREATE TABLE IF NOT EXISTS "raw"."index_prices" (
    "venue" text COLLATE "C" NOT NULL,
    "market" text COLLATE "C" NOT NULL,
    "symbol" text COLLATE "C" NOT NULL,
    "ts_event" timestamptz NOT NULL,
    "ts_recv" timestamptz,
    "event_id" text COLLATE "C" NOT NULL,
    "sequence" bigint,
    "index_price" numeric(18,8),
    "mark_price" numeric(18,8),
    "settle_price" numeric(18,8),
    CONSTRAINT "event_id_present" CHECK (event_id <> ''),
    CONSTRAINT "one_given" CHECK (index_price IS NOT NULL OR mark_price IS NOT NULL)
) PARTITION BY RANGE ("ts_event");
CREATE TABLE IF NOT EXISTS "raw"."index_prices_default" PARTITION OF "raw"."index_prices" DEFAULT;
CREATE UNIQUE INDEX IF NOT EXISTS "index_prices_key" ON "raw"."index_prices" ("venue", "market", "symbol", "ts_event", "event_id");
CREATE INDEX IF NOT EXISTS "index_prices_id" ON "raw"."index_prices" ("event_id");
COMMENT ON TABLE "raw"."index_prices" IS 'Index and mark prices. Unique: event_id.';
COMMENT ON COLUMN "raw"."index_prices"."ts_event" IS 'Exchange time, UTC, microseconds.';
COMMENT ON COLUMN "raw"."index_prices"."ts_recv" IS 'First receipt over all recordings by their own clocks; null where those had been stepped. Never order by it.';
COMMENT ON COLUMN "raw"."index_prices"."event_id" IS 'The venue''s number of the event, else its time and content: equal in all recordings.';
COMMENT ON COLUMN "raw"."index_prices"."sequence" IS 'The venue''s number of the event, where it has one.';
COMMENT ON COLUMN "raw"."index_prices"."index_price" IS 'Price of the index under the instrument.';
COMMENT ON COLUMN "raw"."index_prices"."mark_price" IS 'Mark price of the instrument, by which margins are reckoned.';
COMMENT ON COLUMN "raw"."index_prices"."settle_price" IS 'Estimated settlement price.';
COMMENT ON COLUMN "raw"."index_prices"."venue" IS 'Venue of the instrument.';
COMMENT ON COLUMN "raw"."index_prices"."market" IS 'Market of the instrument.';
COMMENT ON COLUMN "raw"."index_prices"."symbol" IS 'Symbol of the instrument.';

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

-- Unique in an instrument, kept by append: interval, ts_event. Order: interval, ts_event.
-- One partition a month (UTC), made ahead and when rows need it.
CREATE SCHEMA IF NOT EXISTS "raw";
CREATE TABLE IF NOT EXISTS "raw"."ohlcv" (
    "venue" text COLLATE "C" NOT NULL,
    "market" text COLLATE "C" NOT NULL,
    "symbol" text COLLATE "C" NOT NULL,
    "ts_event" timestamptz NOT NULL,
    "ts_recv" timestamptz,
    "interval" text COLLATE "C" NOT NULL,
    "open" numeric(18,8) NOT NULL,
    "high" numeric(18,8) NOT NULL,
    "low" numeric(18,8) NOT NULL,
    "close" numeric(18,8) NOT NULL,
    "volume" numeric(38,8) NOT NULL,
    "quote_volume" numeric(38,16),
    "trades" bigint,
    "buy_volume" numeric(38,8),
    "buy_quote_volume" numeric(38,16),
    CONSTRAINT "interval_present" CHECK ("interval" <> ''),
    CONSTRAINT "high_bounds" CHECK (high >= low AND high >= open AND high >= close),
    CONSTRAINT "low_bounds" CHECK (low <= open AND low <= close),
    CONSTRAINT "volume_not_negative" CHECK (volume >= 0),
    CONSTRAINT "quote_volume_not_negative" CHECK (quote_volume >= 0),
    CONSTRAINT "trades_not_negative" CHECK (trades >= 0),
    CONSTRAINT "buy_volume_not_negative" CHECK (buy_volume >= 0),
    CONSTRAINT "buy_quote_volume_not_negative" CHECK (buy_quote_volume >= 0)
) PARTITION BY RANGE ("ts_event");
CREATE TABLE IF NOT EXISTS "raw"."ohlcv_default" PARTITION OF "raw"."ohlcv" DEFAULT;
CREATE UNIQUE INDEX IF NOT EXISTS "ohlcv_key" ON "raw"."ohlcv" ("venue", "market", "symbol", "interval", "ts_event");
COMMENT ON TABLE "raw"."ohlcv" IS 'Candles as a venue or vendor published them, to be compared with ours (`bar__kline`); nothing is derived from them. Unique: interval,ts_event.';
COMMENT ON COLUMN "raw"."ohlcv"."ts_event" IS 'Exchange time, UTC, microseconds.';
COMMENT ON COLUMN "raw"."ohlcv"."ts_recv" IS 'First receipt over all recordings by their own clocks; null where those had been stepped. Never order by it.';
COMMENT ON COLUMN "raw"."ohlcv"."interval" IS 'Length of the candle: 1s, 1m, 1h, 1d, …';
COMMENT ON COLUMN "raw"."ohlcv"."open" IS 'First price.';
COMMENT ON COLUMN "raw"."ohlcv"."high" IS 'Highest price.';
COMMENT ON COLUMN "raw"."ohlcv"."low" IS 'Lowest price.';
COMMENT ON COLUMN "raw"."ohlcv"."close" IS 'Last price.';
COMMENT ON COLUMN "raw"."ohlcv"."volume" IS 'Quantity traded, in the venue''s unit.';
COMMENT ON COLUMN "raw"."ohlcv"."quote_volume" IS 'The same in quote currency, where the venue publishes it.';
COMMENT ON COLUMN "raw"."ohlcv"."trades" IS 'Trades in it, where the venue publishes it.';
COMMENT ON COLUMN "raw"."ohlcv"."buy_volume" IS 'Quantity bought by takers, where the venue publishes it.';
COMMENT ON COLUMN "raw"."ohlcv"."buy_quote_volume" IS 'The same in quote currency.';
COMMENT ON COLUMN "raw"."ohlcv"."venue" IS 'Venue of the instrument.';
COMMENT ON COLUMN "raw"."ohlcv"."market" IS 'Market of the instrument.';
COMMENT ON COLUMN "raw"."ohlcv"."symbol" IS 'Symbol of the instrument.';

-- Unique in an instrument, kept by append: event_id. Order: ts_event, sequence, event_id.
-- One partition a month (UTC), made ahead and when rows need it.
CREATE SCHEMA IF NOT EXISTS "raw";
CREATE TABLE IF NOT EXISTS "raw"."open_interest" (
    "venue" text COLLATE "C" NOT NULL,
    "market" text COLLATE "C" NOT NULL,
    "symbol" text COLLATE "C" NOT NULL,
    "ts_event" timestamptz NOT NULL,
    "ts_recv" timestamptz,
    "event_id" text COLLATE "C" NOT NULL,
    "sequence" bigint,
    "open_interest" numeric(38,8),
    "value" numeric(38,16),
    CONSTRAINT "event_id_present" CHECK (event_id <> ''),
    CONSTRAINT "open_interest_not_negative" CHECK (open_interest >= 0),
    CONSTRAINT "value_not_negative" CHECK (value >= 0),
    CONSTRAINT "one_given" CHECK (open_interest IS NOT NULL OR value IS NOT NULL)
) PARTITION BY RANGE ("ts_event");
CREATE TABLE IF NOT EXISTS "raw"."open_interest_default" PARTITION OF "raw"."open_interest" DEFAULT;
CREATE UNIQUE INDEX IF NOT EXISTS "open_interest_key" ON "raw"."open_interest" ("venue", "market", "symbol", "ts_event", "event_id");
CREATE INDEX IF NOT EXISTS "open_interest_id" ON "raw"."open_interest" ("event_id");
COMMENT ON TABLE "raw"."open_interest" IS 'Open contracts and what they are worth. Unique: event_id.';
COMMENT ON COLUMN "raw"."open_interest"."ts_event" IS 'Exchange time, UTC, microseconds.';
COMMENT ON COLUMN "raw"."open_interest"."ts_recv" IS 'First receipt over all recordings by their own clocks; null where those had been stepped. Never order by it.';
COMMENT ON COLUMN "raw"."open_interest"."event_id" IS 'The venue''s number of the event, else its time and content: equal in all recordings.';
COMMENT ON COLUMN "raw"."open_interest"."sequence" IS 'The venue''s number of the event, where it has one.';
COMMENT ON COLUMN "raw"."open_interest"."open_interest" IS 'Open positions in the venue''s unit: contracts, base or quote currency.';
COMMENT ON COLUMN "raw"."open_interest"."value" IS 'Their value in quote currency, where the venue gives it.';
COMMENT ON COLUMN "raw"."open_interest"."venue" IS 'Venue of the instrument.';
COMMENT ON COLUMN "raw"."open_interest"."market" IS 'Market of the instrument.';
COMMENT ON COLUMN "raw"."open_interest"."symbol" IS 'Symbol of the instrument.';

-- Unique in an instrument, kept by append: event_id. Order: ts_event, sequence, event_id.
-- One partition a month (UTC), made ahead and when rows need it.
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
) PARTITION BY RANGE ("ts_event");
CREATE TABLE IF NOT EXISTS "raw"."options_tickers_default" PARTITION OF "raw"."options_tickers" DEFAULT;
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

-- Unique in an instrument, kept by append: event_id. Order: ts_event, sequence, event_id.
-- One partition a day (UTC), made ahead and when rows need it.
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
) PARTITION BY RANGE ("ts_event");
CREATE TABLE IF NOT EXISTS "raw"."quotes_default" PARTITION OF "raw"."quotes" DEFAULT;
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

-- Unique in an instrument, kept by append: event_id. Order: ts_event, sequence, event_id.
-- One partition a month (UTC), made ahead and when rows need it.
CREATE SCHEMA IF NOT EXISTS "raw";
CREATE TABLE IF NOT EXISTS "raw"."statistics" (
    "venue" text COLLATE "C" NOT NULL,
    "market" text COLLATE "C" NOT NULL,
    "symbol" text COLLATE "C" NOT NULL,
    "ts_event" timestamptz NOT NULL,
    "ts_recv" timestamptz,
    "event_id" text COLLATE "C" NOT NULL,
    "sequence" bigint,
    "statistic" text COLLATE "C" NOT NULL,
    "price" numeric(18,8),
    "quantity" numeric(38,8),
    "ts_reference" timestamptz,
    "action" text COLLATE "C" NOT NULL,
    CONSTRAINT "event_id_present" CHECK (event_id <> ''),
    CONSTRAINT "statistic_present" CHECK (statistic <> ''),
    CONSTRAINT "value_given" CHECK (price IS NOT NULL OR quantity IS NOT NULL OR action = 'delete'),
    CONSTRAINT "action_known" CHECK ("action" IN ('new', 'delete'))
) PARTITION BY RANGE ("ts_event");
CREATE TABLE IF NOT EXISTS "raw"."statistics_default" PARTITION OF "raw"."statistics" DEFAULT;
CREATE UNIQUE INDEX IF NOT EXISTS "statistics_key" ON "raw"."statistics" ("venue", "market", "symbol", "ts_event", "event_id");
CREATE INDEX IF NOT EXISTS "statistics_id" ON "raw"."statistics" ("event_id");
COMMENT ON TABLE "raw"."statistics" IS 'Numbers that a venue publishes of an instrument: settlement and opening prices, volume, open interest. Unique: event_id.';
COMMENT ON COLUMN "raw"."statistics"."ts_event" IS 'Exchange time, UTC, microseconds.';
COMMENT ON COLUMN "raw"."statistics"."ts_recv" IS 'First receipt over all recordings by their own clocks; null where those had been stepped. Never order by it.';
COMMENT ON COLUMN "raw"."statistics"."event_id" IS 'The venue''s number of the event, else its time and content: equal in all recordings.';
COMMENT ON COLUMN "raw"."statistics"."sequence" IS 'The venue''s number of the event, where it has one.';
COMMENT ON COLUMN "raw"."statistics"."statistic" IS 'What it is, in the vendor''s words, lower case: `settlement_price`, `open_interest`.';
COMMENT ON COLUMN "raw"."statistics"."price" IS 'Its value where it is a price.';
COMMENT ON COLUMN "raw"."statistics"."quantity" IS 'Its value where it is a quantity.';
COMMENT ON COLUMN "raw"."statistics"."ts_reference" IS 'The time to which it applies, where the venue publishes it.';
COMMENT ON COLUMN "raw"."statistics"."action" IS 'Whether it is a new value or takes one back.';
COMMENT ON COLUMN "raw"."statistics"."venue" IS 'Venue of the instrument.';
COMMENT ON COLUMN "raw"."statistics"."market" IS 'Market of the instrument.';
COMMENT ON COLUMN "raw"."statistics"."symbol" IS 'Symbol of the instrument.';

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
