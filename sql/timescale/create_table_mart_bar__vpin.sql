-- Rendered from marketdata_platform/core/datasets by `marketdata schema --write`: do not edit.
-- Unique in an instrument, kept by append: bucket_index. Order: bucket_index.
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
);
SELECT create_hypertable('mart."bar__vpin"', by_range('end_time', INTERVAL '1 days'), create_default_indexes => false, if_not_exists => true);
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
