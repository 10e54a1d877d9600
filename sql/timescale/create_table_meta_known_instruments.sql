-- Rendered from marketdata_platform/core/datasets by `marketdata schema --write`: do not edit.
CREATE SCHEMA IF NOT EXISTS "meta";
CREATE TABLE IF NOT EXISTS "meta"."known_instruments" (
    "venue" text COLLATE "C" NOT NULL,
    "market" text COLLATE "C" NOT NULL,
    "symbol" text COLLATE "C" NOT NULL,
    PRIMARY KEY ("venue", "market", "symbol")
);
COMMENT ON TABLE "meta"."known_instruments" IS 'Instruments that the store holds, rows or bookkeeping.';
