-- Rendered from marketdata_platform/core/datasets by `marketdata schema --write`: do not edit.
-- Unique key, kept by append: bucket_index. Order: bucket_index.
-- Constraints, kept by append (a row that breaks one goes to meta.quarantine):
--   high_is_highest: high >= open AND high >= close AND high >= low
--   low_is_lowest: low <= open AND low <= close
--   volume_not_negative: volume >= 0 AND buy_volume >= 0 AND sell_volume >= 0
--   vpin_is_a_share: vpin >= 0 AND vpin <= 1
CREATE SCHEMA IF NOT EXISTS "mart";
CREATE TABLE IF NOT EXISTS "mart"."bar__vpin" (
    "bucket_index" BIGINT NOT NULL,
    "start_time" TIMESTAMPTZ NOT NULL,
    "end_time" TIMESTAMPTZ NOT NULL,
    "open" DECIMAL(18, 8) NOT NULL,
    "high" DECIMAL(18, 8) NOT NULL,
    "low" DECIMAL(18, 8) NOT NULL,
    "close" DECIMAL(18, 8) NOT NULL,
    "volume" DECIMAL(38, 8) NOT NULL,
    "buy_volume" DECIMAL(38, 8) NOT NULL,
    "sell_volume" DECIMAL(38, 8) NOT NULL,
    "unsigned_volume" DECIMAL(38, 8) NOT NULL,
    "imbalance" DECIMAL(38, 8) NOT NULL,
    "ticks" BIGINT NOT NULL,
    "vpin" DOUBLE
);
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
