"""`marketdata migrate`: the schema of the PostgreSQL store, applied, undone, listed.

Belongs here: options and what the terminal shows. Does not: the migrations (sql/) or running them
(stores/migrations).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated

from cyclopts import App, Parameter

from marketdata_platform.cli.screen.screen import console, plain, table
from marketdata_platform.core.errors import ConfigurationError, InvalidInput
from marketdata_platform.platform.adapters import served_connections
from marketdata_platform.settings import load_settings
from marketdata_platform.stores.postgres_server.schema.migrations import Migration, Schema

migrate = App(name="migrate", help="The served store's schema: up, down, status.")

DryRun = Annotated[bool, Parameter(help="Print the statements, change nothing", negative=())]


@migrate.command
def up(
    *,
    to: Annotated[
        int | None, Parameter(help="Stop at this version; none: all that there are")
    ] = None,
    dry_run: DryRun = False,
) -> None:
    """Apply the migrations that are missing, each in one transaction that waits for writers two
    seconds at most.
    """
    with _schema() as schema:
        missing = [state.migration for state in schema.states() if state.applied_at is None]
        wanted = [one for one in missing if to is None or one.version <= to]
        if dry_run:
            _print(wanted, lambda one: one.up)
            return
        done = schema.up(
            to, lambda one: console.print(f"[green]applied[/] {one.version:04} {plain(one.name)}")
        )
        console.print(
            f"{done} migration(s) applied; the database is at version {schema.version()} "
            f"({schema.engine})."
        )


@migrate.command
def down(
    *,
    to: Annotated[
        int, Parameter(help="The version to go back to; 0 takes every table away, with its rows")
    ],
    dry_run: DryRun = False,
    yes: Annotated[bool, Parameter(help="Go on although rows may be lost", negative=())] = False,
) -> None:
    """Undo the migrations above a version, the newest first."""
    with _schema() as schema:
        applied = [state.migration for state in schema.states() if state.applied_at is not None]
        wanted = [one for one in reversed(applied) if one.version > to]
        if dry_run:
            _print(wanted, lambda one: one.down)
            return
        if to < 0:
            raise InvalidInput(f"there is no version {to}: the lowest is 0, the empty database")
        if wanted and not yes:
            raise ConfigurationError(
                f"going back to version {to} undoes {len(wanted)} migration(s) and may delete "
                "rows: look at it with "
                "--dry-run, export to the archive, then add --yes"
            )
        done = schema.down(
            to, lambda one: console.print(f"[yellow]undone[/] {one.version:04} {plain(one.name)}")
        )
        console.print(f"{done} migration(s) undone; the database is at version {schema.version()}.")


@migrate.command
def status() -> int:
    """Every migration and when it was applied; exit status 1 when one is missing."""
    with _schema() as schema:
        states = schema.states()
        shown = table(f"Migrations ({schema.engine})", "version", "name", "applied (UTC)", left=3)
        for state in states:
            moment = (
                "[yellow]missing[/]"
                if state.applied_at is None
                else f"{state.applied_at:%Y-%m-%d %H:%M:%S}"
            )
            shown.add_row(f"{state.migration.version:04}", plain(state.migration.name), moment)
    console.print(shown)
    missing = sum(state.applied_at is None for state in states)
    console.print(
        f"{missing} missing: run `marketdata migrate up`."
        if missing
        else "The database is up to date."
    )
    return 1 if missing else 0


def _schema() -> Schema:
    settings = load_settings()
    return Schema(served_connections(settings), settings.store.timescale)


def _print(migrations: list[Migration], text: Callable[[Migration], str]) -> None:
    for one in migrations:
        console.print(f"-- {one.version:04} {one.name}", markup=False)
        console.print(text(one), markup=False, highlight=False, soft_wrap=True)
    console.print(f"{len(migrations)} migration(s) would run; nothing was changed.")
