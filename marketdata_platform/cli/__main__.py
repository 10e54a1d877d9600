"""`python -m marketdata_platform.cli`: the command, where no script is on the path."""

from marketdata_platform.cli import main

main()
