#!/bin/sh
# Runs once, when the database server starts on an empty volume: databases, roles, logins.
set -eu

psql --set ON_ERROR_STOP=1 --username "$POSTGRES_USER" --dbname postgres \
    --set dagster="$DAGSTER_PASSWORD" <<'SQL'
CREATE ROLE dagster LOGIN PASSWORD :'dagster';
CREATE DATABASE dagster OWNER dagster;
CREATE DATABASE marketdata;
SQL

psql --set ON_ERROR_STOP=1 --username "$POSTGRES_USER" --dbname marketdata \
    --command 'CREATE EXTENSION IF NOT EXISTS timescaledb' --file /sql/postgres/roles.sql

psql --set ON_ERROR_STOP=1 --username "$POSTGRES_USER" --dbname marketdata \
    --set migrator="$MIGRATOR_PASSWORD" --set landing="$LANDING_PASSWORD" \
    --set reader="$READER_PASSWORD" --set monitor="$MONITOR_PASSWORD" <<'SQL'
CREATE ROLE migrator LOGIN INHERIT PASSWORD :'migrator' IN ROLE marketdata_owner;
ALTER ROLE migrator SET role TO marketdata_owner; -- so that whatever it makes belongs to the owner
CREATE ROLE landing LOGIN INHERIT PASSWORD :'landing' IN ROLE marketdata_landing;
CREATE ROLE reader LOGIN INHERIT PASSWORD :'reader' IN ROLE marketdata_reader;
ALTER ROLE reader SET default_transaction_read_only TO on;
ALTER ROLE reader SET statement_timeout TO '60s';
CREATE ROLE monitor LOGIN INHERIT PASSWORD :'monitor' IN ROLE marketdata_monitor;
SQL
