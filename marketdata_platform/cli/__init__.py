"""The `marketdata` command: a thin shell over platform, workflows and defs.launch.

Belongs here: arguments, progress bars, tables, exit codes. Does not: anything that a Python user
would miss.
"""

from marketdata_platform.cli.app import main

__all__ = ["main"]
