"""The command's entry: `--root`, the list of commands, and how errors reach the user."""

from __future__ import annotations

import inspect
import os
import sys
from pathlib import Path
from typing import Annotated

from cyclopts import App, Parameter
from rich.text import Text

from marketdata_platform.cli.screen.screen import errors
from marketdata_platform.core.errors import MarketDataError

app = App(
    name="marketdata",
    help=(
        "Records every market without losing a message, and turns the recording into "
        "research-ready data."
    ),
    version_flags=["--version"],
    help_format="plaintext",
)
# Named by path, so that `marketdata --help` does not import Dagster.
_COMMANDS = {
    "demo": (
        "demo.demo:demo",
        "A seeded day for three instruments through the whole platform, in about a minute.",
    ),
    "import": (
        "commands.import_files:import_files",
        "Import recorded trades: exchange dumps, Tardis CSV, frame captures.",
    ),
    "load": (
        "commands.load:load",
        "Load files of any dataset in bulk: trades, quotes, OHLCV, statistics, definitions.",
    ),
    "capture": (
        "commands.capture:capture",
        "Run a gatherer in the foreground: record the configured streams into its journal.",
    ),
    "gatherer": (
        "commands.gatherer:gatherer",
        "A gatherer's own PostgreSQL: prepare it, keep it filled, fill it from another.",
    ),
    "land": (
        "commands.land:land",
        "Decode what gatherers recorded, deduplicate it and store it; what the minute schedule "
        "does.",
    ),
    "gaps": ("commands.gaps:gaps", "The gap ledger: what no gatherer saw, and what became of it."),
    "repair": ("commands.repair:repair", "Fill open gaps from the venues' REST history."),
    "rebuild": ("commands.rebuild:rebuild", "Make the store anew from gatherers' journals."),
    "simulate": (
        "commands.simulate:simulate",
        "The simulated exchange on loopback, seeded or from recorded frames, with faults.",
    ),
    "backfill": (
        "commands.backfill:backfill",
        "Materialise assets for instruments and days, with progress; resumable.",
    ),
    "status": (
        "commands.status:status",
        "Coverage, gaps, quarantine and what is out of date, per instrument.",
    ),
    "query": ("commands.query:query", "Read-only SQL over all instruments."),
    "chart": ("commands.chart:chart", "One self-contained HTML chart and a PNG of an instrument."),
    "journal": (
        "commands.journal:journal",
        "What gatherers recorded, raw: list, check, print and play back their journals.",
    ),
    "verify": (
        "commands.verify:verify",
        "Re-read the archive and compare it with the store, value by value.",
    ),
    "archive": (
        "commands.archive:archive",
        "The archive: export, compact, lifecycle rules, shipped journals.",
    ),
    "restore": (
        "commands.restore:restore",
        "Put archived days back into a store: a day, an instrument, everything.",
    ),
    "retain": (
        "commands.retain:retain",
        "Delete what is older than configured, only where the archive is verified; dry run first.",
    ),
    "maintain": (
        "commands.maintain:maintain",
        "Look after the store: statistics, bloat, compression, chunks, compaction.",
    ),
    "migrate": ("commands.migrate:migrate", "The served store's schema: up, down, status."),
    "health": ("commands.health:health", "Is everything alive? Exit status for probes."),
    "metrics": (
        "commands.metrics:metrics",
        "Serve Prometheus metrics of landing, store, archive and gatherers.",
    ),
    "doctor": (
        "commands.doctor:doctor",
        "Environment, venues, configuration, locks and disk: what works and what to do.",
    ),
    "venue": ("commands.venue:venue", "Add a venue: a folder with everything that it must say."),
    "schema": (
        "commands.schema:schema",
        "The record types; `--check` proves that DDL and docs agree with them.",
    ),
    "ui": ("commands.ui:ui", "The Dagster UI on this root."),
}
for _name, (_target, _help) in _COMMANDS.items():
    app.command(f"marketdata_platform.cli.{_target}", name=_name, help=_help)


@app.meta.default
def _launch(
    *tokens: Annotated[str, Parameter(show=False, allow_leading_hyphen=True)],
    root: Annotated[
        Path | None, Parameter(help="Where data, archive and Dagster state live (MARKETDATA_ROOT).")
    ] = None,
) -> int:
    if root is not None:
        # Dagster's own processes read it too, so it travels as the environment variable that users
        # know.
        os.environ["MARKETDATA_ROOT"] = str(root.expanduser().resolve())
    result = app(tokens, result_action="return_value")
    return result if isinstance(result, int) else 0


def _tell_more(arguments: list[str]) -> None:
    """Let a command's docstring be its help: it says more than the line in the list of commands."""
    for name in [a for a in arguments if a in _COMMANDS][:1]:
        command = app[name]
        if command.default_command is not None:
            command.help = inspect.getdoc(command.default_command) or ""


def main() -> None:
    """Run the command; errors that the platform raises on purpose are shown without a traceback
    (exit status 1).
    """
    _tell_more(sys.argv[1:])
    try:
        sys.exit(app.meta(result_action="return_value"))
    except MarketDataError as error:
        errors.print(Text.assemble(("error:", "bold red"), f" {type(error).__name__}: {error}"))
        sys.exit(1)
    except KeyboardInterrupt:
        errors.print("interrupted; what was committed stays, run the same command again to go on")
        sys.exit(130)
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(141)
    except OSError as error:
        # A root that cannot be written, a full disk: the message names the file, a traceback would
        # only hide it.
        errors.print(
            Text.assemble(
                ("error:", "bold red"), f" {error}. `marketdata doctor` looks at the root and disk."
            )
        )
        sys.exit(1)
