-- Rendered from marketdata_platform/core/datasets by `marketdata schema --write`: do not edit.
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
