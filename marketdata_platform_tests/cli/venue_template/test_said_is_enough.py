"""A new venue in which everything is said is asked what every venue is asked, and answers."""

import importlib
import inspect
import sys
from importlib.metadata import EntryPoint
from pathlib import Path

import pytest

import marketdata_platform.simulator.venues
import marketdata_platform_tests.venues
from marketdata_platform import venues
from marketdata_platform.simulator.venues import simulated_venue
from marketdata_platform.stores.memory import MemoryStore
from marketdata_platform.venues import all_venues, venue_named
from marketdata_platform_tests.cli.venue_template.lemon_files import said, texts
from marketdata_platform_tests.venues import test_every_rule, test_every_venue
from marketdata_platform_tests.workflows.landing.land_journals import NOW

FOLDERS = (
    marketdata_platform.venues,
    marketdata_platform.simulator.venues,
    marketdata_platform_tests.venues,
)
# What a question asks for that is no venue: values of it. Of other questions nothing is asked.
ALSO = {"bad_places": [(), (0,), (4, 11)], "symbol": ["../../etc", "A\\u0000B", ""]}
OF_ONE = {"venue", "endpoint", "name", "store", "tmp_path", *ALSO}


def questions():
    for module in (test_every_venue, test_every_rule):
        for name, asked in vars(module).items():
            wanted = set(inspect.signature(asked).parameters) if name.startswith("test_") else set()
            if wanted & {"venue", "name"} and wanted <= OF_ONE:
                more = [one for one in ALSO if one in wanted]
                for value in ALSO[more[0]] if more else [None]:
                    yield pytest.param(asked, dict.fromkeys(more, value), id=f"{name}-{value}")


@pytest.fixture(scope="module")
def lemon(tmp_path_factory):
    """The venue in the folders of the repository, as far as imports can tell."""
    folder = tmp_path_factory.mktemp("lemon")
    for path, text in texts(package=False).items():
        target = folder / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(said(path, text, package=False), "utf-8")
    patch = pytest.MonkeyPatch()
    for one in FOLDERS:
        place = str(folder / Path(*one.__name__.split(".")))
        patch.setattr(one, "__path__", [*one.__path__, place])
    importlib.invalidate_caches()
    where = "marketdata_platform.venues.lemon:LEMON"
    point = EntryPoint(name="lemon", value=where, group=venues.ENTRY_POINTS)
    patch.setattr(venues, "entry_points", lambda group: [point])
    all_venues.cache_clear()
    sample = importlib.import_module("marketdata_platform_tests.venues.lemon.rule_sample").SAMPLE
    patch.setitem(test_every_rule.SAMPLES, "lemon", sample)
    yield venue_named("lemon")
    patch.undo()
    added = tuple(f"{one.__name__}.lemon" for one in FOLDERS)
    for name in [name for name in sys.modules if name.startswith(added)]:
        del sys.modules[name]
    all_venues.cache_clear()


@pytest.mark.parametrize(("asked", "more"), list(questions()))
def test_it_answers_what_every_venue_is_asked(lemon, tmp_path, asked, more):
    given = {
        "venue": lemon,
        "name": "lemon",
        "endpoint": lemon.endpoints[0],
        "store": MemoryStore(clock=lambda: NOW),
        "tmp_path": tmp_path,
        **more,
    }
    asked(**{name: given[name] for name in inspect.signature(asked).parameters})


def test_most_questions_were_found():
    assert len(list(questions())) > 20


def test_its_simulation_is_found_as_one_of_ours_would_be(lemon, monkeypatch):
    one = importlib.import_module("marketdata_platform.simulator.venues.lemon").LEMON
    package = marketdata_platform.simulator.venues
    monkeypatch.setattr(package, "SIMULATED_VENUES", (*package.SIMULATED_VENUES, one))
    package.all_simulated_venues.cache_clear()
    assert simulated_venue("lemon") is one
    monkeypatch.undo()
    package.all_simulated_venues.cache_clear()
