-- Rendered from marketdata_platform/core/datasets by `marketdata schema --write`: do not edit.
-- Unique key, kept by append: session_start, interval, detected_at, direction. Order: session_start, interval, detected_at, direction.
-- Constraints, kept by append (a row that breaks one goes to meta.quarantine):
--   gap_has_size: upper > lower
--   fraction_is_a_share: filled_fraction >= 0 AND filled_fraction <= 1
CREATE SCHEMA IF NOT EXISTS "mart";
CREATE TABLE IF NOT EXISTS "mart"."fair_value_gaps" (
    "session_start" TIMESTAMPTZ NOT NULL,
    "interval" VARCHAR NOT NULL,
    "detected_at" TIMESTAMPTZ NOT NULL,
    "direction" VARCHAR NOT NULL,
    "lower" DECIMAL(18, 8) NOT NULL,
    "upper" DECIMAL(18, 8) NOT NULL,
    "size" DECIMAL(18, 8) NOT NULL,
    "filled_fraction" DOUBLE NOT NULL,
    "status" VARCHAR NOT NULL,
    "touched_at" TIMESTAMPTZ,
    "filled_at" TIMESTAMPTZ,
    "expires_at" TIMESTAMPTZ NOT NULL
);
COMMENT ON TABLE "mart"."fair_value_gaps" IS 'Fair value gaps as they stood at the end of each UTC day: those live at its start and those found in it. Unique: session_start, interval, detected_at, direction.';
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
