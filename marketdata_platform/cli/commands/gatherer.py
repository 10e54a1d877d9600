"""`marketdata gatherer`: a gatherer's own database in the two-tier layout: prepare it, keep it
filled, fill it.
"""

from __future__ import annotations

import time
from datetime import datetime
from typing import Annotated

from cyclopts import App, Parameter

from marketdata_platform.cli.screen.landed import print_landed
from marketdata_platform.cli.screen.screen import console, count, errors, table
from marketdata_platform.core.errors import TransientError
from marketdata_platform.core.window import window_between
from marketdata_platform.platform import open as open_platform
from marketdata_platform.platform.gatherers.two_tier import (
    fill_gatherer,
    keep_gatherer,
    prepare_gatherer,
)
from marketdata_platform.settings import load_settings
from marketdata_platform.workflows.landing.land import LandResult

gatherer = App(
    name="gatherer",
    help="A gatherer's own PostgreSQL: prepare it, keep it filled, fill it from another.",
)

Name = Annotated[str, Parameter(help="A gatherer with a `database` in marketdata.toml")]


@gatherer.command
def prepare(name: Name) -> None:
    """Make the tables where they are missing, and let landing read them by commit. `keep` does
    this, too.
    """
    prepare_gatherer(load_settings(), name)
    console.print(
        f"The database of {name} is ready: landing reads it, also as a user who may only read."
    )


@gatherer.command
def keep(
    name: Name,
    *,
    follow: Annotated[bool, Parameter(help="Go on until interrupted", negative=())] = False,
    every: Annotated[float, Parameter(help="Seconds between two looks")] = 1.0,
) -> None:
    """Put what the gatherer's journal has into its own database, and drop rows older than its
    `keep`.

    Run it beside `marketdata capture`, on the gatherer's machine. It is harmless at any moment: the
    journal is first.
    """
    platform = open_platform()

    def show_landed(result: LandResult) -> None:
        if result.frames:
            console.print(f"{count(result.frames)} frames, {count(result.inserted)} new rows")

    while True:
        try:
            result = keep_gatherer(
                platform,
                name,
                follow=follow,
                every_seconds=every,
                progress=show_landed if follow else None,
            )
        except TransientError as error:
            if not follow:
                raise
            errors.print(f"[yellow]waiting[/] {type(error).__name__}", end=": ")
            errors.print(str(error), markup=False, soft_wrap=True)
            time.sleep(
                max(every, 1.0)
            )  # a server that refuses at once is not asked without a pause
            continue
        print_landed(result)
        return


@gatherer.command
def fill(
    name: Name,
    *,
    source: Annotated[
        str, Parameter(name="--from-gatherer", help="The gatherer whose database has the rows")
    ],
    first: Annotated[
        datetime | None, Parameter(name="--from", help="Exchange time, UTC; none: the first row")
    ] = None,
    last: Annotated[
        datetime | None, Parameter(name="--to", help="Exclusive; none: the last row")
    ] = None,
) -> None:
    """Give a gatherer's database what another one's has and it has not: after an outage, or for a
    new gatherer.
    """
    added = fill_gatherer(open_platform(), name, source, window_between(first, last))
    shown = table(f"From {source} to {name}", "dataset", "new", "there already", "conflicts")
    for dataset, appended in sorted(added.items()):
        shown.add_row(
            dataset, count(appended.inserted), count(appended.duplicates), count(appended.conflicts)
        )
    console.print(shown)
