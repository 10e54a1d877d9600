-- The statements that the program runs on any PostgreSQL and that are the same whatever a dataset's columns are. A block
-- begins with its name between dashes and says what it is for; %(…)s are bound parameters, %% is a percent sign. What
-- is made from a dataset's columns (rows in, rows out) is in marketdata_platform/stores/postgres_server/tables.py.

-- session_settings --
-- Timeouts and formats of a new session.
SELECT set_config('statement_timeout', %(statement)s, false),
    set_config('lock_timeout', %(lock)s, false),
    set_config('idle_in_transaction_session_timeout', %(idle)s, false),
    set_config('timezone', 'UTC', false),
    set_config('client_min_messages', 'warning', false),
    set_config('extra_float_digits', '1', false);

-- take_connection_slot --
-- One of as many numbered locks as the budget has; it goes with the connection, whatever becomes of the process.
SELECT slot FROM generate_series(1, %(budget)s) AS slot WHERE pg_try_advisory_lock(%(component)s, slot) LIMIT 1;

-- short_lock_timeout --
-- Give up soon where somebody is in the way, so that nobody queues behind.
SET LOCAL lock_timeout = '2s';

-- wait_for_session_lock --
-- Be the only one, until the session ends.
SELECT pg_advisory_lock(%(number)s);

-- wait_for_lock --
-- Be the only one, until the transaction ends.
SELECT pg_advisory_xact_lock(%(number)s);

-- share_lock --
-- Keep away who wants to be the only one, until the transaction ends.
SELECT pg_advisory_xact_lock_shared(%(number)s);

-- try_lock --
-- Be the only one, until the transaction ends, if that can be had now.
SELECT pg_try_advisory_xact_lock(%(number)s);

-- transaction_number --
-- The number of this transaction, to ask for should the answer to COMMIT be lost; null: it changed nothing.
SELECT pg_current_xact_id_if_assigned()::text;

-- transaction_status --
-- What became of a transaction: committed, aborted, in progress.
SELECT pg_xact_status(%(transaction)s::xid8);

-- add_instrument --
-- Make an instrument known.
INSERT INTO meta.known_instruments VALUES (%(venue)s, %(market)s, %(symbol)s) ON CONFLICT DO NOTHING;

-- known_instruments --
-- Every instrument that the store holds.
SELECT venue, market, symbol FROM meta.known_instruments;

-- is_known --
-- A row where the store holds the instrument.
SELECT 1 FROM meta.known_instruments
WHERE venue = %(venue)s AND market = %(market)s AND symbol = %(symbol)s;

-- widen_key_range --
-- Let the bounds of a day's ids hold these, too.
INSERT INTO meta.key_ranges
VALUES (%(venue)s, %(market)s, %(symbol)s, %(dataset)s, %(day)s, %(first)s, %(last)s)
ON CONFLICT (venue, market, symbol, dataset, day) DO UPDATE SET
    first_key = least(key_ranges.first_key, excluded.first_key),
    last_key = greatest(key_ranges.last_key, excluded.last_key)
WHERE key_ranges.first_key > excluded.first_key OR key_ranges.last_key < excluded.last_key;

-- first_day_of_others --
-- The first day on which another instrument has rows of the dataset.
SELECT min(day) FROM meta.coverage
WHERE dataset = %(dataset)s AND (venue, market, symbol) <> (%(venue)s, %(market)s, %(symbol)s);

-- relation --
-- The table or index of a quoted name; null: there is none.
SELECT to_regclass(%(name)s);

-- missing_relations --
-- Those of the quoted names that stand for nothing.
SELECT n FROM unnest(%(names)s::text[]) n WHERE to_regclass(n) IS NULL;

-- tables_there --
-- Those of the names that are tables of the schema.
SELECT n FROM unnest(%(names)s::text[]) n WHERE to_regclass(%(schema)s || '.' || quote_ident(n)) IS NOT NULL;

-- never_analyzed --
-- Those of the tables that the planner knows nothing of.
SELECT relname FROM pg_class
WHERE relnamespace = %(schema)s::regnamespace AND relname = ANY(%(names)s) AND reltuples < 0;

-- partitions_of_table --
-- The partitions of a table with their bounds; null: the default partition.
SELECT c.relname, (regexp_match(pg_get_expr(c.relpartbound, c.oid), 'FROM \(''(.*?)''\) TO'))[1],
    (regexp_match(pg_get_expr(c.relpartbound, c.oid), 'TO \(''(.*?)''\)'))[1]
FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid WHERE i.inhparent = %(name)s::regclass;

-- partitions --
-- Every partition but the default ones, with its bounds as text and its bytes.
SELECT format('%%I.%%I', n.nspname, c.relname), pg_get_expr(c.relpartbound, c.oid), pg_total_relation_size(c.oid)
FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE c.relispartition AND n.nspname IN ('raw', 'mart')
AND pg_get_expr(c.relpartbound, c.oid) LIKE 'FOR VALUES%%' ORDER BY 1;

-- last_partition --
-- The newest partition of a raw dataset.
SELECT max(c.relname) FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE n.nspname = 'raw' AND c.relispartition AND c.relname ~ ('^' || %(dataset)s || '_p[0-9]+$');

-- missing_partitions --
-- Those of the quoted names that are no table; by the catalogue, for who watches need not be let into the schemas.
SELECT wanted FROM unnest(%(names)s::text[]) wanted WHERE wanted <> ALL (
    SELECT format('"%%s"."%%s"', n.nspname, c.relname) FROM pg_class c
    JOIN pg_namespace n ON n.oid = c.relnamespace WHERE n.nspname IN ('raw', 'mart') AND c.relkind = 'r') ORDER BY 1;

-- has_live_rows --
-- Whether the statistics tell of rows in a table, for one who may watch and not read.
SELECT coalesce(sum(pg_stat_get_live_tuples(c.oid)), 0) > 0 FROM pg_class c
JOIN pg_namespace n ON n.oid = c.relnamespace WHERE n.nspname = %(schema)s AND c.relname = %(name)s;

-- shares --
-- By dataset: rows of the instrument, and of all.
SELECT dataset, sum(rows) FILTER (WHERE (venue, market, symbol) = (%(venue)s, %(market)s, %(symbol)s)), sum(rows)
FROM meta.coverage GROUP BY dataset HAVING sum(rows) > 0;

-- table_bytes --
-- Bytes of a table with its partitions and indexes.
SELECT coalesce(sum(pg_total_relation_size(relid)), 0) FROM pg_partition_tree(%(name)s::regclass);

-- table_sizes --
-- Every table: partitions with a bound, bytes, bytes of the largest; hypertables are told apart.
SELECT n.nspname, c.relname, count(*) FILTER (WHERE t.isleaf AND t.level > 0),
    sum(pg_total_relation_size(t.relid)), coalesce(max(pg_total_relation_size(t.relid)) FILTER (WHERE t.isleaf), 0)
FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace, LATERAL pg_partition_tree(c.oid) t
WHERE n.nspname IN ('raw', 'mart') AND c.relkind = 'p' AND NOT c.relispartition GROUP BY 1, 2
UNION ALL
SELECT n.nspname, c.relname, 0, pg_total_relation_size(c.oid), pg_total_relation_size(c.oid)
FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE n.nspname IN ('raw', 'mart', 'meta') AND c.relkind = 'r' AND NOT c.relispartition
AND c.oid <> ALL (%(hypertables)s::oid[])
ORDER BY 1, 2;

-- sessions --
-- Sessions of the platform by component and state.
SELECT regexp_replace(application_name, '^marketdata ', ''),
    CASE WHEN wait_event_type = 'Lock' THEN 'waiting' WHEN state LIKE 'idle in%%' THEN 'idle in transaction'
    WHEN state = 'idle' THEN 'idle' ELSE 'active' END, count(*)
FROM pg_stat_activity WHERE datname = current_database() AND application_name LIKE 'marketdata %%' GROUP BY 1, 2;

-- has_extension --
-- A row where the extension is installed in this database.
SELECT 1 FROM pg_extension WHERE extname = %(name)s;

-- offers_extension --
-- A row where the server has the extension.
SELECT 1 FROM pg_available_extensions WHERE name = %(name)s;

-- volatile_functions --
-- Those of the functions that may act, and not only compute.
SELECT DISTINCT proname FROM pg_proc WHERE provolatile = 'v' AND proname = ANY(%(names)s);

-- stale_statistics --
-- Tables of which a tenth changed since their statistics were made.
SELECT format('%%I.%%I', s.schemaname, s.relname), s.n_mod_since_analyze, s.n_live_tup,
    coalesce(s.last_analyze, s.last_autoanalyze)
FROM pg_stat_user_tables s
WHERE s.schemaname IN ('raw', 'mart', 'meta', '_timescaledb_internal') AND s.n_mod_since_analyze > 0
AND (coalesce(s.last_analyze, s.last_autoanalyze) IS NULL
    OR s.n_mod_since_analyze > greatest(10000, s.n_live_tup * 0.1)) ORDER BY 1;

-- partition_roots --
-- The partitioned tables to which tables belong.
SELECT DISTINCT format('%%I.%%I', n.nspname, c.relname) FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE c.oid IN (SELECT pg_partition_root(name::regclass) FROM unnest(%(names)s::text[]) name) AND c.relkind = 'p'
ORDER BY 1;

-- left_indexes --
-- What a REINDEX CONCURRENTLY left that was cut off.
SELECT format('%%I.%%I', n.nspname, c.relname), pg_relation_size(c.oid) FROM pg_index i
JOIN pg_class c ON c.oid = i.indexrelid JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE NOT i.indisvalid AND c.relkind = 'i' AND c.relname ~ '_cc(new|old)[0-9]*$'
AND n.nspname IN ('raw', 'mart', 'meta', '_timescaledb_internal') ORDER BY 1;

-- large_indexes --
-- B-tree indexes of some size: bytes, entries, and the width of one as the statistics say, for an estimate of bloat.
SELECT format('%%I.%%I', n.nspname, c.relname), pg_relation_size(c.oid), t.reltuples::bigint,
    (SELECT coalesce(sum(coalesce(s.avg_width, 8)), 8) FROM pg_attribute a
        LEFT JOIN pg_stats s ON s.schemaname = n.nspname AND s.tablename = t.relname AND s.attname = a.attname
        WHERE a.attrelid = t.oid AND a.attnum = ANY (i.indkey::int2[]) AND a.attnum > 0)
FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid JOIN pg_class t ON t.oid = i.indrelid
JOIN pg_namespace n ON n.oid = c.relnamespace JOIN pg_am m ON m.oid = c.relam
WHERE m.amname = 'btree' AND c.relkind = 'i' AND i.indisvalid
AND n.nspname IN ('raw', 'mart', 'meta', '_timescaledb_internal')
AND t.reltuples >= 0 AND pg_relation_size(c.oid) >= %(smallest)s ORDER BY 1;

-- index_density --
-- How full an index's leaves are, in percent; by the extension pgstattuple.
SELECT avg_leaf_density FROM pgstatindex(%(name)s);

-- engine --
-- For which engine the database was made.
SELECT engine FROM meta.schema_migrations ORDER BY version LIMIT 1;

-- applied_migrations --
-- Migrations that were applied, in order.
SELECT version, name, sha256, applied_at FROM meta.schema_migrations ORDER BY version;

-- record_migration --
-- Note that a migration was applied.
INSERT INTO meta.schema_migrations VALUES (%(version)s, %(name)s, %(engine)s, %(sha256)s);

-- forget_migration --
-- Note that a migration was undone.
DELETE FROM meta.schema_migrations WHERE version = %(version)s;

-- standing --
-- The oldest transaction that is still running, or the next one; and the history of which its number is.
SELECT pg_snapshot_xmin(pg_current_snapshot())::text::bigint,
    s.system_identifier || '.' || d.oid || '.' || c.timeline_id
FROM pg_control_system() s, pg_control_checkpoint() c, pg_database d WHERE d.datname = current_database();

-- raw_tables_with --
-- How many raw tables have the column.
SELECT count(*) FROM information_schema.columns WHERE table_schema = 'raw' AND column_name = %(column)s;

-- is_dated --
-- A row where the table's column has a default, and its index is there.
SELECT 1 FROM pg_attribute a WHERE a.attrelid = %(table)s::regclass AND a.attname = %(column)s AND a.atthasdef
AND NOT a.attisdropped AND to_regclass(%(index)s) IS NOT NULL;
