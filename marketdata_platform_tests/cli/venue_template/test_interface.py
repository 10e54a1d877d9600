"""A new venue's files hold every part of the interface: a part that is added fails here."""

import ast
import re
import sys
from dataclasses import fields, is_dataclass
from enum import Enum

import pytest

from marketdata_platform.simulator.markets.instruments import MarketStyle
from marketdata_platform.simulator.markets.listed_market import Numbering
from marketdata_platform.simulator.server.request_weights import Quota, RestLimits
from marketdata_platform.simulator.venues.simulated_venue import SimulatedVenue
from marketdata_platform.venues import venue
from marketdata_platform.venues.decoding import Decoder
from marketdata_platform.venues.kit.kinds import Form, Frames
from marketdata_platform_tests.cli.venue_template.filling import unsaid_in
from marketdata_platform_tests.cli.venue_template.lemon_files import texts
from marketdata_platform_tests.venues import rule_samples, simulated_examples, stream_examples

FILES = {path: text for path, text in texts(package=False).items() if path.endswith(".py")}
SAID = [f"{one.what} {one.how}" for text in FILES.values() for one in unsaid_in(text)]
GIVEN = {venue.SignedRequest}  # a venue is given these, it makes none
SIMULATED = [
    one
    for one in vars(sys.modules[SimulatedVenue.__module__]).values()
    if getattr(one, "__module__", "") == SimulatedVenue.__module__
]
KINDS = [
    one
    for one in (
        *(getattr(venue, name) for name in venue.__all__),
        *SIMULATED,
        *(MarketStyle, Numbering, Quota, RestLimits),
        *(Form, Frames, simulated_examples.SimulatedExamples),
        *(stream_examples.StreamExamples, stream_examples.Heard, rule_samples.Sample),
    )
    if is_dataclass(one) and one not in GIVEN
]
CHOICES = [
    one
    for one in (getattr(venue, name) for name in venue.__all__)
    if isinstance(one, type) and issubclass(one, Enum)
]


def made(kind):
    """The keywords with which the files make one of this kind; several with different keywords
    would be an error.
    """
    found = {
        frozenset(word.arg for word in node.keywords)
        for text in FILES.values()
        for node in ast.walk(ast.parse(text))
        if isinstance(node, ast.Call) and getattr(node.func, "id", "") == kind.__name__
    }
    assert len(found) <= 1
    return set(next(iter(found), frozenset()))


def told(kind):
    """The parts of which a placeholder tells that such a thing is made of: `Kind(a=…, b=…)`."""
    texts = [text for text in SAID if re.search(rf"\b{kind.__name__}\(", text)]
    return set(re.findall(r"\w+", " ".join(texts)))


def test_the_interface_was_found():
    names = {kind.__name__ for kind in KINDS}
    assert {"Venue", "Endpoint", "Continuity", "Market", "Rest", "Route", "Streams"} <= names
    assert {"SimulatedVenue", "SimulatedMarket", "SimulatedAddress", "Replay", "Dumps"} <= names
    assert {"BookIds", "TradeIds", "Count", "TradeOrder"} <= {one.__name__ for one in CHOICES}


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: f"{kind.__module__}.{kind.__name__}")
def test_every_part_of_it_is_in_a_new_venues_files(kind):
    missing = {one.name for one in fields(kind)} - (made(kind) or told(kind))
    assert missing == set()


@pytest.mark.parametrize("kind", CHOICES, ids=lambda kind: kind.__name__)
def test_every_choice_is_named_where_one_is_to_be_made(kind):
    words = set(re.findall(r"\w+", " ".join(text for text in SAID if kind.__name__ in text)))
    assert {one.name for one in kind} <= words


def test_a_decoder_has_every_function():
    (text,) = (text for path, text in FILES.items() if path.endswith("decode.py"))
    functions = {n.name for n in ast.parse(text).body if isinstance(n, ast.FunctionDef)}
    assert {name for name in vars(Decoder) if name.startswith("decode")} <= functions
    assert set(Decoder.__annotations__) <= functions
