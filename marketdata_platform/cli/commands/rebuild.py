"""`marketdata rebuild`: the store made anew from gatherers' journals."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

from cyclopts import Parameter

from marketdata_platform.cli.screen.landed import print_landed
from marketdata_platform.cli.screen.screen import console, count, plain
from marketdata_platform.platform import open as open_platform
from marketdata_platform.platform.use_cases.rebuild import rebuild as rebuild_store
from marketdata_platform.workflows.landing.land import LandResult


def rebuild(
    *,
    gatherer: Annotated[
        list[str] | None, Parameter(help="Only this one; may be repeated", negative=())
    ] = None,
    into: Annotated[
        Path | None, Parameter(help="Leave the new store in this folder; none: change over to it")
    ] = None,
    force: Annotated[
        bool, Parameter(help="Change over although the new store holds fewer trades", negative=())
    ] = False,
) -> None:
    """Make the store anew from gatherers' journals; any single one is enough for what its gatherer
    heard.

    The old store stays as it is until the new one is complete, and is kept under another name then.
    """
    platform = open_platform()
    with console.status("rebuilding") as shown:

        def progress(so_far: LandResult) -> None:
            shown.update(
                f"rebuilding: {count(so_far.frames)} frames, {count(so_far.inserted)} rows"
            )

        result = rebuild_store(platform, gatherer, into=into, force=force, progress=progress)
    print_landed(result)
    console.print(f"The new store is in {plain(result.root / 'data')}.")
    if result.kept is not None:
        console.print(
            f"The old one is in {plain(result.kept)}: delete it when you have no more use for it."
        )
