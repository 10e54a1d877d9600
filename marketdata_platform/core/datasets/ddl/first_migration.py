"""The first migration of each server engine: every table at once, as the datasets have them.

Belongs here: joining the rendered files, up and down. Does not: later migrations, which people
write.

Until a version with it is released it follows the datasets. With the release it becomes a file that
nobody edits: then `render_all` leaves it out, and a change of a dataset needs a migration of its
own (a test says so).
"""

from __future__ import annotations

import re
from collections.abc import Mapping

_HEAD = (
    "-- The first schema. Never edited once it is released: then a change is a migration of its "
    "own.\n"
)
_DOWN = "-- Takes every table of the platform away, with all rows: export to the archive first.\n"
_TABLE = re.compile(r'CREATE TABLE IF NOT EXISTS ("\w+"\."\w+") \(')
_VIEW = re.compile(r'CREATE MATERIALIZED VIEW IF NOT EXISTS ("\w+"\."\w+")')
_JOB = """SELECT delete_job(job_id) FROM timescaledb_information.jobs
WHERE proc_schema = 'mart' AND proc_name = 'refresh_rollups';
DROP PROCEDURE IF EXISTS "mart"."refresh_rollups";
"""
_LAST = ("policies_compression.sql", "rollups.sql")


def first_migration(engine: str, files: Mapping[str, str]) -> dict[str, str]:
    """Path → text of the way up and the way down, from all rendered `files`."""
    place = f"sql/{engine}/"
    own = {path.removeprefix(place): text for path, text in files.items() if path.startswith(place)}
    names = sorted(own, key=lambda name: (_LAST.index(name) + 1 if name in _LAST else 0, name))
    up = _HEAD + "\n".join(own[name].partition("\n")[2] for name in names)
    down = _DOWN + (_JOB if "rollups.sql" in own else "")
    down += "".join(
        f"DROP MATERIALIZED VIEW IF EXISTS {view} CASCADE;\n"
        for view in reversed(_VIEW.findall(up))
    )
    down += "".join(f"DROP TABLE IF EXISTS {table} CASCADE;\n" for table in _TABLE.findall(up))
    name = f"{place}migrations/0001_first_schema"
    return {f"{name}.up.sql": up, f"{name}.down.sql": down}
