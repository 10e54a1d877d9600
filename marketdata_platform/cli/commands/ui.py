"""`marketdata ui`: the Dagster UI and daemon on this root."""

from __future__ import annotations

import os
import sys
from typing import Annotated

from cyclopts import Parameter

from marketdata_platform.cli.screen.screen import console
from marketdata_platform.defs.launch import instance_of, register
from marketdata_platform.platform import open as open_platform


def ui(
    *,
    port: Annotated[int, Parameter(help="Port on the loopback interface")] = 3000,
    host: Annotated[
        str, Parameter(help="Interface to listen on; only loopback is safe without a proxy")
    ] = "127.0.0.1",
) -> None:
    """Open the Dagster web UI (and its daemon for schedules) on this root's data. Ctrl-C ends
    it.
    """
    platform = open_platform()
    with instance_of(platform.root) as instance:
        register(instance, platform.instruments())
    os.environ["MARKETDATA_ROOT"] = str(platform.root)
    console.print(f"Dagster UI: [link]http://{host}:{port}[/link]   data: {platform.root}")
    command = [
        sys.executable,
        "-m",
        "dagster",
        "dev",
        "-m",
        "marketdata_platform.definitions",
        "-h",
        host,
        "-p",
        str(port),
    ]
    os.execv(sys.executable, command)
