"""A venue of somebody else's package is recorded, landed, repaired and simulated, with no file of
ours changed: its entry points are all that is known of it.

The package is made of Coinbase's folders under another name.
"""

from __future__ import annotations

import os
import re
from pathlib import Path

import pytest

import marketdata_platform
from marketdata_platform.simulator.venues import all_simulated_venues
from marketdata_platform.venues import all_venues
from marketdata_platform_tests.venues.coinbase.test_live import prove

OURS = Path(marketdata_platform.__file__).parent
ENTRY_POINTS = """\
[marketdata_platform.venues]
orange = orange_venue:ORANGE
[marketdata_platform.simulator_venues]
orange = orange_simulated:ORANGE
"""


def copied(source: Path, target: Path) -> None:
    """The package, renamed in every import and text."""
    target.mkdir()
    for path in source.glob("*.py"):
        text = path.read_text("utf-8")
        text = re.sub(r"marketdata_platform\.venues\.coinbase", "orange_venue", text)
        text = re.sub(r"marketdata_platform\.simulator\.venues\.coinbase", "orange_simulated", text)
        text = text.replace("coinbase", "orange").replace("COINBASE", "ORANGE")
        (target / path.name).write_text(text, "utf-8")


@pytest.fixture
def package(tmp_path, monkeypatch):
    """The folder of an installed package with both entry points."""
    folder = tmp_path / "site"
    info = folder / "orange_venue-1.dist-info"
    info.mkdir(parents=True)
    copied(OURS / "venues" / "coinbase", folder / "orange_venue")
    copied(OURS / "simulator" / "venues" / "coinbase", folder / "orange_simulated")
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: orange-venue\nVersion: 1\n")
    (info / "entry_points.txt").write_text(ENTRY_POINTS)
    monkeypatch.syspath_prepend(folder)
    all_venues.cache_clear()
    all_simulated_venues.cache_clear()
    yield folder
    all_venues.cache_clear()
    all_simulated_venues.cache_clear()


def test_a_venue_of_another_package_is_recorded_and_its_gaps_are_told_and_repaired(
    tmp_path, package
):
    paths = [str(package), *filter(None, [os.environ.get("PYTHONPATH")])]
    prove(tmp_path, "orange", {**os.environ, "PYTHONPATH": os.pathsep.join(paths)})
