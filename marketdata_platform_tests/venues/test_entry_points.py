"""What other packages add fails by itself, and says whose it is."""

import sys
from importlib.metadata import EntryPoint
from types import ModuleType

import pytest

from marketdata_platform import venues
from marketdata_platform.core.errors import ConfigurationError
from marketdata_platform.core.instrument import Instrument
from marketdata_platform.history.venue_files import canonical
from marketdata_platform.settings import load_settings
from marketdata_platform.venues import all_venues, venue_named
from marketdata_platform.venues.bybit import BYBIT
from marketdata_platform.workflows.bookkeeping.contiguous_ids import contiguous_trade_ids
from marketdata_platform_tests.venues.quiet import QUIET

LEMON = Instrument("lemon", "spot", "JUICE")


@pytest.fixture
def added(monkeypatch):
    """Adds entry points: name → what the module that they lead to has as `VENUE`."""

    def add(**of):
        points = []
        for number, (name, venue) in enumerate(of.items()):
            module = ModuleType(f"added_{number}")
            module.VENUE = venue
            monkeypatch.setitem(sys.modules, module.__name__, module)
            points.append(EntryPoint(name, f"{module.__name__}:VENUE", venues.ENTRY_POINTS))
        return given(points)

    def given(points):
        monkeypatch.setattr(venues, "entry_points", lambda group: points)
        all_venues.cache_clear()

    add.given = given
    yield add
    monkeypatch.undo()
    all_venues.cache_clear()


@pytest.mark.parametrize(
    ("venue", "said"),
    [
        (7, "is no Venue"),
        (BYBIT, "leads to a venue 'bybit', and there is one already"),
        (QUIET, "leads to the venue 'quiet': give it the name of its venue"),
    ],
)
def test_what_is_refused_says_why_and_all_other_venues_stay(added, venue, said):
    added(lemon=venue, quiet=QUIET)
    with pytest.raises(ConfigurationError, match=f"entry point 'lemon' .*{said}"):
        venue_named("lemon")
    assert venue_named("quiet") is QUIET and venue_named("bybit") is BYBIT


def test_whatever_its_code_raises_is_told_with_the_entry_points_name(added):
    added.given([EntryPoint("lemon", "no_such_module:VENUE", venues.ENTRY_POINTS)])
    said = r"entry point 'lemon' \(no_such_module:VENUE\).*cannot be loaded: ModuleNotFoundError"
    for ask in (
        lambda: venue_named("lemon"),
        lambda: contiguous_trade_ids(LEMON),
        lambda: canonical(LEMON),
    ):
        with pytest.raises(ConfigurationError, match=said):
            ask()
    assert list(all_venues().failed) == ["lemon"]
    with pytest.raises(ConfigurationError, match="nothing is known of a venue 'nowhere'"):
        venue_named("nowhere")


def test_of_two_packages_that_add_one_venue_neither_is_taken(added):
    one = EntryPoint("quiet", "marketdata_platform_tests.venues.quiet:QUIET", venues.ENTRY_POINTS)
    added.given([one, EntryPoint("quiet", "elsewhere:QUIET", venues.ENTRY_POINTS)])
    with pytest.raises(ConfigurationError, match="2 packages have one of this name"):
        venue_named("quiet")


def test_the_secrets_of_a_venue_that_cannot_be_loaded_do_not_stop_other_commands(added, tmp_path):
    environ = {"MARKETDATA_LEMON_KEY": "secret"}
    with pytest.raises(ConfigurationError, match="lemon_key: unknown key"):
        load_settings(tmp_path, environ)
    added(lemon=None)
    assert load_settings(tmp_path, environ).root == tmp_path
