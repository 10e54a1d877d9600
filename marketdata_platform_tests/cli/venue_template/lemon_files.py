"""The files of the made-up venue, with everything said, or all but one thing."""

from __future__ import annotations

from pathlib import Path

from marketdata_platform.cli.venue_template import rendered
from marketdata_platform_tests.cli.venue_template.filling import filled
from marketdata_platform_tests.cli.venue_template.lemon import MORE, VALUES

ENTRY_POINTS = """[marketdata_platform.venues]
lemon = marketdata_lemon:LEMON
[marketdata_platform.simulator_venues]
lemon = marketdata_lemon.simulator:LEMON
"""


def texts(*, package: bool) -> dict[str, str]:
    """The files of a new venue, nothing said: path → text."""
    return {
        f"{place}/{path}".rstrip("/"): text
        for place, files in rendered("lemon", package=package).items()
        for path, text in files.items()
    }


def said(path: str, text: str, *, package: bool, left: str = "") -> str:
    """A file with everything said but `left`."""
    if not path.endswith(".py") or "unsaid" not in text:
        return text
    name = Path(path).name
    more = MORE.get("simulator.py" if "simulator" in path else name, "")
    examples = "stream_examples" if package else "marketdata_platform_tests.venues.stream_examples"
    values = {**VALUES, left: f'unsaid("lemon", "{left}", "left")'}
    return filled(text, values, more.replace("$examples", examples))


def install(site: Path) -> Path:
    """The package with everything said, as pip leaves it in `site`; the folder of its tests."""
    for path, text in texts(package=True).items():
        target = site / Path(path).relative_to("marketdata-lemon")
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(said(path, text, package=True), "utf-8")
    info = site / "marketdata_lemon-0.1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text(
        "Metadata-Version: 2.1\nName: marketdata-lemon\nVersion: 0.1.0\n"
    )
    (info / "entry_points.txt").write_text(ENTRY_POINTS)
    return site / "tests"
