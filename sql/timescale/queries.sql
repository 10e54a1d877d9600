-- The statements that the program runs only where TimescaleDB is; the others are in sql/postgres/queries.sql.

-- hypertables --
-- Hypertables of the platform and how many chunks each has.
SELECT format('%%I.%%I', hypertable_schema, hypertable_name)::regclass::oid, hypertable_schema, hypertable_name,
    num_chunks
FROM timescaledb_information.hypertables WHERE hypertable_schema IN ('raw', 'mart') ORDER BY 2, 3;

-- chunk_sizes --
-- Bytes of all chunks of a hypertable, and of the largest.
SELECT coalesce(sum(total_bytes), 0), coalesce(max(total_bytes), 0)
FROM chunks_detailed_size(%(hypertable)s::oid::regclass);

-- compression --
-- Bytes of a hypertable's compressed chunks before and after.
SELECT coalesce(before_compression_total_bytes, 0), coalesce(after_compression_total_bytes, 0)
FROM hypertable_compression_stats(%(hypertable)s::oid::regclass);

-- hypertable_bytes --
-- Bytes of a hypertable with its chunks and indexes.
SELECT coalesce(hypertable_size(%(name)s::regclass), 0);

-- last_chunk --
-- Where the newest chunk of a raw dataset ends.
SELECT max(range_end)::text FROM timescaledb_information.chunks
WHERE hypertable_schema = 'raw' AND hypertable_name = %(dataset)s;

-- drop_chunks --
-- Drop the chunks that end before a moment.
SELECT drop_chunks(%(name)s::regclass, older_than => %(older)s::timestamptz);

-- keep_floor --
-- Note up to where a dataset was deleted, for roll-ups to leave that alone.
INSERT INTO meta.dropped_before VALUES (%(dataset)s, %(cutoff)s)
ON CONFLICT (dataset) DO UPDATE SET cutoff = greatest(dropped_before.cutoff, excluded.cutoff);
