-- Rendered from marketdata_platform/core/datasets by `marketdata schema --write`: do not edit.
ALTER TABLE "raw"."trades" SET (timescaledb.compress,
    timescaledb.compress_segmentby = 'venue, market, symbol',
    timescaledb.compress_orderby = '"ts_event", "sequence", "trade_id"');
SELECT add_compression_policy('raw."trades"', compress_after => INTERVAL '1 days', if_not_exists => true);

ALTER TABLE "raw"."quotes" SET (timescaledb.compress,
    timescaledb.compress_segmentby = 'venue, market, symbol',
    timescaledb.compress_orderby = '"ts_event", "sequence", "event_id"');
SELECT add_compression_policy('raw."quotes"', compress_after => INTERVAL '3 days', if_not_exists => true);

ALTER TABLE "raw"."book_snapshots" SET (timescaledb.compress,
    timescaledb.compress_segmentby = 'venue, market, symbol',
    timescaledb.compress_orderby = '"ts_event", "update_id", "event_id", "side", "price"');
SELECT add_compression_policy('raw."book_snapshots"', compress_after => INTERVAL '1 days', if_not_exists => true);

ALTER TABLE "raw"."book_deltas" SET (timescaledb.compress,
    timescaledb.compress_segmentby = 'venue, market, symbol',
    timescaledb.compress_orderby = '"ts_event", "update_id", "event_id", "side", "price"');
SELECT add_compression_policy('raw."book_deltas"', compress_after => INTERVAL '1 days', if_not_exists => true);

ALTER TABLE "raw"."funding_rates" SET (timescaledb.compress,
    timescaledb.compress_segmentby = 'venue, market, symbol',
    timescaledb.compress_orderby = '"ts_event", "sequence", "event_id"');
SELECT add_compression_policy('raw."funding_rates"', compress_after => INTERVAL '7 days', if_not_exists => true);

ALTER TABLE "raw"."liquidations" SET (timescaledb.compress,
    timescaledb.compress_segmentby = 'venue, market, symbol',
    timescaledb.compress_orderby = '"ts_event", "sequence", "event_id"');
SELECT add_compression_policy('raw."liquidations"', compress_after => INTERVAL '7 days', if_not_exists => true);

ALTER TABLE "raw"."open_interest" SET (timescaledb.compress,
    timescaledb.compress_segmentby = 'venue, market, symbol',
    timescaledb.compress_orderby = '"ts_event", "sequence", "event_id"');
SELECT add_compression_policy('raw."open_interest"', compress_after => INTERVAL '7 days', if_not_exists => true);

ALTER TABLE "raw"."options_tickers" SET (timescaledb.compress,
    timescaledb.compress_segmentby = 'venue, market, symbol',
    timescaledb.compress_orderby = '"ts_event", "sequence", "event_id"');
SELECT add_compression_policy('raw."options_tickers"', compress_after => INTERVAL '7 days', if_not_exists => true);

ALTER TABLE "raw"."index_prices" SET (timescaledb.compress,
    timescaledb.compress_segmentby = 'venue, market, symbol',
    timescaledb.compress_orderby = '"ts_event", "sequence", "event_id"');
SELECT add_compression_policy('raw."index_prices"', compress_after => INTERVAL '7 days', if_not_exists => true);

ALTER TABLE "raw"."tickers" SET (timescaledb.compress,
    timescaledb.compress_segmentby = 'venue, market, symbol',
    timescaledb.compress_orderby = '"ts_event", "sequence", "event_id"');
SELECT add_compression_policy('raw."tickers"', compress_after => INTERVAL '7 days', if_not_exists => true);

ALTER TABLE "raw"."instruments" SET (timescaledb.compress,
    timescaledb.compress_segmentby = 'venue, market, symbol',
    timescaledb.compress_orderby = '"ts_event", "event_id"');
SELECT add_compression_policy('raw."instruments"', compress_after => INTERVAL '7 days', if_not_exists => true);

ALTER TABLE "raw"."ohlcv" SET (timescaledb.compress,
    timescaledb.compress_segmentby = 'venue, market, symbol',
    timescaledb.compress_orderby = '"ts_event", "interval"');
SELECT add_compression_policy('raw."ohlcv"', compress_after => INTERVAL '7 days', if_not_exists => true);

ALTER TABLE "raw"."statistics" SET (timescaledb.compress,
    timescaledb.compress_segmentby = 'venue, market, symbol',
    timescaledb.compress_orderby = '"ts_event", "sequence", "event_id"');
SELECT add_compression_policy('raw."statistics"', compress_after => INTERVAL '7 days', if_not_exists => true);

ALTER TABLE "mart"."bar__kline" SET (timescaledb.compress,
    timescaledb.compress_segmentby = 'venue, market, symbol',
    timescaledb.compress_orderby = '"open_time", "interval"');
SELECT add_compression_policy('mart."bar__kline"', compress_after => INTERVAL '7 days', if_not_exists => true);

ALTER TABLE "mart"."bar__tick_imbalance" SET (timescaledb.compress,
    timescaledb.compress_segmentby = 'venue, market, symbol',
    timescaledb.compress_orderby = '"end_time", "bar_index"');
SELECT add_compression_policy('mart."bar__tick_imbalance"', compress_after => INTERVAL '7 days', if_not_exists => true);

ALTER TABLE "mart"."bar__volume_imbalance" SET (timescaledb.compress,
    timescaledb.compress_segmentby = 'venue, market, symbol',
    timescaledb.compress_orderby = '"end_time", "bar_index"');
SELECT add_compression_policy('mart."bar__volume_imbalance"', compress_after => INTERVAL '7 days', if_not_exists => true);

ALTER TABLE "mart"."bar__dollar_imbalance" SET (timescaledb.compress,
    timescaledb.compress_segmentby = 'venue, market, symbol',
    timescaledb.compress_orderby = '"end_time", "bar_index"');
SELECT add_compression_policy('mart."bar__dollar_imbalance"', compress_after => INTERVAL '7 days', if_not_exists => true);

ALTER TABLE "mart"."bar__tick_run" SET (timescaledb.compress,
    timescaledb.compress_segmentby = 'venue, market, symbol',
    timescaledb.compress_orderby = '"end_time", "bar_index"');
SELECT add_compression_policy('mart."bar__tick_run"', compress_after => INTERVAL '7 days', if_not_exists => true);

ALTER TABLE "mart"."bar__volume_run" SET (timescaledb.compress,
    timescaledb.compress_segmentby = 'venue, market, symbol',
    timescaledb.compress_orderby = '"end_time", "bar_index"');
SELECT add_compression_policy('mart."bar__volume_run"', compress_after => INTERVAL '7 days', if_not_exists => true);

ALTER TABLE "mart"."bar__dollar_run" SET (timescaledb.compress,
    timescaledb.compress_segmentby = 'venue, market, symbol',
    timescaledb.compress_orderby = '"end_time", "bar_index"');
SELECT add_compression_policy('mart."bar__dollar_run"', compress_after => INTERVAL '7 days', if_not_exists => true);

ALTER TABLE "mart"."bar__tick" SET (timescaledb.compress,
    timescaledb.compress_segmentby = 'venue, market, symbol',
    timescaledb.compress_orderby = '"end_time", "bar_index"');
SELECT add_compression_policy('mart."bar__tick"', compress_after => INTERVAL '7 days', if_not_exists => true);

ALTER TABLE "mart"."bar__volume" SET (timescaledb.compress,
    timescaledb.compress_segmentby = 'venue, market, symbol',
    timescaledb.compress_orderby = '"end_time", "bar_index"');
SELECT add_compression_policy('mart."bar__volume"', compress_after => INTERVAL '7 days', if_not_exists => true);

ALTER TABLE "mart"."bar__dollar" SET (timescaledb.compress,
    timescaledb.compress_segmentby = 'venue, market, symbol',
    timescaledb.compress_orderby = '"end_time", "bar_index"');
SELECT add_compression_policy('mart."bar__dollar"', compress_after => INTERVAL '7 days', if_not_exists => true);

ALTER TABLE "mart"."bar__vpin" SET (timescaledb.compress,
    timescaledb.compress_segmentby = 'venue, market, symbol',
    timescaledb.compress_orderby = '"end_time", "bucket_index"');
SELECT add_compression_policy('mart."bar__vpin"', compress_after => INTERVAL '7 days', if_not_exists => true);

ALTER TABLE "mart"."order_flow" SET (timescaledb.compress,
    timescaledb.compress_segmentby = 'venue, market, symbol',
    timescaledb.compress_orderby = '"open_time", "interval"');
SELECT add_compression_policy('mart."order_flow"', compress_after => INTERVAL '7 days', if_not_exists => true);

ALTER TABLE "mart"."footprint" SET (timescaledb.compress,
    timescaledb.compress_segmentby = 'venue, market, symbol',
    timescaledb.compress_orderby = '"open_time", "interval", "price_level"');
SELECT add_compression_policy('mart."footprint"', compress_after => INTERVAL '7 days', if_not_exists => true);

ALTER TABLE "mart"."market_profile" SET (timescaledb.compress,
    timescaledb.compress_segmentby = 'venue, market, symbol',
    timescaledb.compress_orderby = '"session_start", "price_level"');
SELECT add_compression_policy('mart."market_profile"', compress_after => INTERVAL '7 days', if_not_exists => true);

ALTER TABLE "mart"."fair_value_gaps" SET (timescaledb.compress,
    timescaledb.compress_segmentby = 'venue, market, symbol',
    timescaledb.compress_orderby = '"session_start", "interval", "detected_at", "direction"');
SELECT add_compression_policy('mart."fair_value_gaps"', compress_after => INTERVAL '7 days', if_not_exists => true);

ALTER TABLE "mart"."supply_demand_zones" SET (timescaledb.compress,
    timescaledb.compress_segmentby = 'venue, market, symbol',
    timescaledb.compress_orderby = '"session_start", "interval", "detected_at", "kind"');
SELECT add_compression_policy('mart."supply_demand_zones"', compress_after => INTERVAL '7 days', if_not_exists => true);
