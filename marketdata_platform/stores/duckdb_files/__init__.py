"""The DuckDB store: one file per instrument, short opens, one writer at a time."""
