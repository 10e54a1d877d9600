"""`marketdata venue`: a new venue's folder, with a placeholder for everything that it must say."""

from __future__ import annotations

import keyword
from pathlib import Path
from typing import Annotated

from cyclopts import App, Parameter

from marketdata_platform.cli.screen.screen import console
from marketdata_platform.cli.venue_template import rendered
from marketdata_platform.core.errors import ConfigurationError, InvalidInput
from marketdata_platform.core.instrument import Instrument
from marketdata_platform.venues import ENTRY_POINTS, VENUES
from marketdata_platform.venues.venue import Venue

venue = App(name="venue", help="Add a venue: a folder with everything that it must say.")

_NEXT_CHECKOUT = (
    "Say what is unsaid, then enter {constant} in VENUES (marketdata_platform/venues/__init__.py) "
    "and SIMULATED_VENUES (marketdata_platform/simulator/venues/__init__.py), one line each."
)
_NEXT_PACKAGE = (
    "Install it (`pip install -e {where}`); `marketdata doctor` names what is to be said next."
)


@venue.command
def new(
    name: Annotated[str, Parameter(help="Of the venue, as in NAME:MARKET:SYMBOL")],
    *,
    package: Annotated[
        bool, Parameter(help="A package of its own, with entry points", negative=())
    ] = False,
    into: Annotated[
        Path | None,
        Parameter(help="The checkout, or the folder for the package; the working folder"),
    ] = None,
) -> None:
    """Make the files of a new venue: the venue, its simulation, its tests. Nothing is overwritten.

    Everything that decides correctness is a placeholder: whoever loads the venue is told what to
    say, in which file and line.
    """
    _check_name(name)
    folder = Path.cwd() if into is None else into.expanduser()
    if not package:
        _check_checkout(folder)
    written = _write(folder, rendered(name, package=package))
    for path in written:
        console.print(str(path), markup=False, soft_wrap=True)
    then = _NEXT_PACKAGE if package else _NEXT_CHECKOUT
    console.print(then.format(constant=name.upper(), where=written[0]), markup=False)


def _check_name(name: str) -> None:
    """Raises InvalidInput: it is no venue's name, no name of a module, or there is one already."""
    Instrument(name, "market", "SYMBOL")
    if not name.isidentifier() or keyword.iskeyword(name):
        raise InvalidInput(f"a venue {name!a} cannot be a Python module: begin with a letter")
    if name in {one.name for one in VENUES}:
        raise InvalidInput(f"there is a venue {name!a} already")


def _check_checkout(folder: Path) -> None:
    needed = folder / "marketdata_platform" / "venues" / Path(Venue.__module__.rpartition(".")[2])
    if not needed.with_suffix(".py").is_file():
        raise ConfigurationError(
            f"{folder} is no checkout of marketdata_platform: name one by --into, or make a "
            f"package of your own by --package, which is found by its entry point {ENTRY_POINTS!r}"
        )


def _write(folder: Path, places: dict[str, dict[str, str]]) -> list[Path]:
    """Write all files; the places.

    Raises:
        InvalidInput: one of the places exists; nothing is written then.
    """
    for place in places:
        if (folder / place).exists():
            raise InvalidInput(f"{folder / place} exists: nothing is overwritten, nothing written")
    for place, texts in places.items():
        for path, text in texts.items():
            target = folder / place / path if path else folder / place
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_text(text, encoding="utf-8")
    return [folder / place for place in places]
