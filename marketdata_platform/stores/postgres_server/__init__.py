"""The PostgreSQL store, plain or with TimescaleDB: one table per dataset, all instruments in it."""
