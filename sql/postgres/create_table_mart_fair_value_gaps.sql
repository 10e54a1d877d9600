-- Rendered from marketdata_platform/core/datasets by `marketdata schema --write`: do not edit.
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
