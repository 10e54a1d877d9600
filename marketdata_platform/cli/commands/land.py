"""`marketdata land`: what the gatherers recorded goes into the store."""

from __future__ import annotations

import json
import sys
from typing import Annotated

from cyclopts import Parameter

from marketdata_platform.cli.screen.landed import land_json, print_landed
from marketdata_platform.cli.screen.screen import console, count
from marketdata_platform.platform import open as open_platform
from marketdata_platform.platform.use_cases.land import land as land_journals
from marketdata_platform.workflows.landing.land import LandResult


def land(
    *,
    gatherer: Annotated[
        list[str] | None, Parameter(help="Only this one; may be repeated", negative=())
    ] = None,
    json_: Annotated[
        bool, Parameter(name="--json", help="The result as one JSON object", negative=())
    ] = False,
) -> None:
    """Decode what gatherers recorded, deduplicate it and store it.

    It goes on from where the last landing ended. Landing again, or after a crash, stores nothing
    twice.
    """
    platform = open_platform()
    if json_:
        sys.stdout.write(json.dumps(land_json(land_journals(platform, gatherers=gatherer))) + "\n")
        return
    with console.status("landing") as shown:

        def progress(so_far: LandResult) -> None:
            shown.update(
                f"landing: {count(so_far.frames)} frames, {count(so_far.inserted)} new rows"
            )

        result = land_journals(platform, gatherers=gatherer, progress=progress)
    print_landed(result)
