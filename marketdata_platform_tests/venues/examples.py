"""What a venue's tests bring, found by the venue's name: a new venue enters no list.

The folder `marketdata_platform_tests/venues/<name>/` has
    small_frames.py   `STREAMS` (stream_examples.StreamExamples)
    every_frame.py    `GOOD`, `FRAMES`, `ANSWERS`, `ERROR`
    rule_sample.py    `SAMPLE` (rule_samples.Sample)
    simulated.py      `SIMULATED` (simulated_examples.SimulatedExamples), where it is simulated
"""

from importlib import import_module
from types import ModuleType

from marketdata_platform.venues import VENUES


def part_of(venue: str, part: str) -> ModuleType:
    """One module of a venue's folder of tests; ModuleNotFoundError names what is missing."""
    return import_module(f"marketdata_platform_tests.venues.{venue}.{part}")


def part_of_every_venue(part: str) -> dict[str, ModuleType]:
    """The module of each listed venue, by the venue's name."""
    return {venue.name: part_of(venue.name, part) for venue in VENUES}
