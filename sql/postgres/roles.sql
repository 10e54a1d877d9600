-- Least-privilege roles. Run once as an administrator, in each database of the platform, and again after an upgrade:
--     psql "$ADMIN_URL" --set ON_ERROR_STOP=1 --file sql/postgres/roles.sql
-- It changes nothing the second time. None of these roles can log in: grant one to each login, e.g.
--     CREATE ROLE landing_1 LOGIN IN ROLE marketdata_landing CONNECTION LIMIT 40;   then \password landing_1
--
--   marketdata_owner     owns schemas and tables: migrations, `marketdata maintain`, partitions
--   marketdata_landing   landing, imports, deriving, retention: reads and changes rows, no table
--   marketdata_gatherer  inserts raw rows, and can neither read nor change any
--   marketdata_reader    reads
--   marketdata_monitor   health and metrics: bookkeeping and statistics, no market data
DO $roles$
DECLARE
    wanted text;
    one record;
BEGIN
    FOREACH wanted IN ARRAY ARRAY['marketdata_owner', 'marketdata_landing', 'marketdata_gatherer',
                                  'marketdata_reader', 'marketdata_monitor'] LOOP
        IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = wanted) THEN
            EXECUTE format('CREATE ROLE %I NOLOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE NOINHERIT', wanted);
        END IF;
    END LOOP;
    IF NOT pg_has_role(current_user, 'marketdata_owner', 'MEMBER') THEN
        EXECUTE format('GRANT marketdata_owner TO %I', current_user); -- managed servers: the administrator is no superuser
    END IF;

    EXECUTE format('REVOKE ALL ON DATABASE %I FROM PUBLIC', current_database());
    EXECUTE format('GRANT CONNECT ON DATABASE %I TO marketdata_landing, marketdata_gatherer, marketdata_reader, '
                   'marketdata_monitor', current_database());
    EXECUTE format('GRANT CONNECT, CREATE, TEMPORARY ON DATABASE %I TO marketdata_owner', current_database());
    EXECUTE format('GRANT TEMPORARY ON DATABASE %I TO marketdata_landing', current_database());
    EXECUTE 'REVOKE ALL ON SCHEMA public FROM PUBLIC';

    FOREACH wanted IN ARRAY ARRAY['raw', 'mart', 'meta'] LOOP
        EXECUTE format('CREATE SCHEMA IF NOT EXISTS %I', wanted);
        EXECUTE format('ALTER SCHEMA %I OWNER TO marketdata_owner', wanted);
    END LOOP;
    FOR one IN SELECT c.oid::regclass AS name FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
               WHERE n.nspname IN ('raw', 'mart', 'meta') AND c.relkind IN ('r', 'p', 'v', 'm')
               AND c.relowner <> 'marketdata_owner'::regrole LOOP
        EXECUTE format('ALTER TABLE %s OWNER TO marketdata_owner', one.name);
    END LOOP;
END
$roles$;

-- What is there now.
REVOKE ALL ON ALL TABLES IN SCHEMA raw, mart, meta FROM PUBLIC,
    marketdata_landing, marketdata_gatherer, marketdata_reader, marketdata_monitor;
GRANT USAGE ON SCHEMA raw, mart, meta TO marketdata_landing, marketdata_reader;
GRANT USAGE ON SCHEMA raw TO marketdata_gatherer;
GRANT USAGE ON SCHEMA meta TO marketdata_monitor;
GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA raw, mart, meta TO marketdata_landing;
GRANT SELECT ON ALL TABLES IN SCHEMA raw, mart, meta TO marketdata_reader;
GRANT INSERT ON ALL TABLES IN SCHEMA raw TO marketdata_gatherer;
GRANT SELECT ON ALL TABLES IN SCHEMA meta TO marketdata_monitor;
GRANT pg_read_all_stats TO marketdata_monitor;

-- What migrations and partitions will add.
ALTER DEFAULT PRIVILEGES FOR ROLE marketdata_owner IN SCHEMA raw, mart, meta
    GRANT SELECT, INSERT, UPDATE, DELETE ON TABLES TO marketdata_landing;
ALTER DEFAULT PRIVILEGES FOR ROLE marketdata_owner IN SCHEMA raw, mart, meta
    GRANT SELECT ON TABLES TO marketdata_reader;
ALTER DEFAULT PRIVILEGES FOR ROLE marketdata_owner IN SCHEMA raw GRANT INSERT ON TABLES TO marketdata_gatherer;
ALTER DEFAULT PRIVILEGES FOR ROLE marketdata_owner IN SCHEMA meta GRANT SELECT ON TABLES TO marketdata_monitor;

-- The version is the migrations' own business.
DO $version$
BEGIN
    IF to_regclass('meta.schema_migrations') IS NOT NULL THEN
        REVOKE INSERT, UPDATE, DELETE ON meta.schema_migrations FROM marketdata_landing;
    END IF;
END
$version$;
