"""Where rows live. One folder per engine (`duckdb_files`, `postgres_server`), a store in memory for
tests, and beside them what every engine does alike.

Belongs here: adapters of the port `Store` (workflows.ports.stores); all of them are held to one
contract suite. Does not: which one a configuration means (platform), use cases (workflows).
"""
