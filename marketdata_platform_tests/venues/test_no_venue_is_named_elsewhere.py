"""What is known of a venue is in its folder: no other module names one, in code or comment."""

import re
from pathlib import Path

import pytest

import marketdata_platform
from marketdata_platform.venues import all_venues

PACKAGE = Path(marketdata_platform.__file__).parent
# Venues that are ours, and some that may come.
NAMES = sorted({*all_venues(), "binance", "bybit", "deribit", "kalshi", "coinbase", "okx"})
# As a word or part of a name (`_binance_depth`, BINANCE_FUTURES, KalshiBlock), not within a word.
NAMED = re.compile(
    rf"(?<![A-Za-z])(?i:{'|'.join(NAMES)})(?![a-z])|{'|'.join(map(str.capitalize, NAMES))}"
)
PARTS = sorted(
    path.name
    for path in PACKAGE.iterdir()
    if path.suffix == ".py" or (path.name != "venues" and any(path.glob("*.py")))
)

# Where a venue may be named, and why.
ALLOWED = {
    "simulator/venues": "how the simulated exchange speaks each of them",
    "cli/demo": "the demo shows some of them",
    "cli/commands/import_files.py": "the options' help shows an instrument",
    "core/instrument.py": "its docstring and errors show instruments",
    "defs/partitions.py": "its docstring shows a partition's key",
    "platform/gatherers/capture.py": "an error shows a line of configuration",
    "__init__.py": "its docstring shows an instrument",
}


def named(part):
    """`file:line: text` of every line of a folder or module that names a venue."""
    place = PACKAGE / part
    return [
        f"{path.relative_to(PACKAGE)}:{number}: {line.strip()}"
        for path in (sorted(place.rglob("*.py")) if place.is_dir() else [place])
        if not allowed(path)
        for number, line in enumerate(path.read_text("utf-8").splitlines(), 1)
        if NAMED.search(line)
    ]


def allowed(path):
    name = path.relative_to(PACKAGE).as_posix()
    return any(name == place or name.startswith(f"{place}/") for place in ALLOWED)


@pytest.mark.parametrize("part", PARTS)
def test_no_module_names_a_venue(part):
    assert named(part) == []


def test_a_name_is_found_within_names_but_not_within_words():
    texts = ["binance:um", "_BINANCE_KEYS", "x = deribit_rows", "KalshiBlock", "OKX's"]
    assert [bool(NAMED.search(text)) for text in texts] == [True, True, True, True, True]
    assert not NAMED.search("tokxn coinbased")


@pytest.mark.parametrize("place", ALLOWED)
def test_what_is_allowed_exists_and_needs_it(place):
    path = PACKAGE / place
    paths = path.rglob("*.py") if path.is_dir() else [path]
    assert any(NAMED.search(one.read_text("utf-8")) for one in paths)
