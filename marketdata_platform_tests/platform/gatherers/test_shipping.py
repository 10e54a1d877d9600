"""Journals recorded on one machine, shipped to a bucket, and landed from there on another."""

from __future__ import annotations

import pytest

import marketdata_platform as md
from marketdata_platform.core.errors import ConfigurationError
from marketdata_platform.platform.gatherers.shipping import ship
from marketdata_platform.platform.use_cases.land import land
from marketdata_platform.settings import Settings
from marketdata_platform_tests.objects.s3_server import s3_server
from marketdata_platform_tests.workflows.landing.land_journals import (
    BTC,
    missing_some,
    trades,
    write,
)

FRAMES = trades(range(1, 300))
NAMES = ("g1", "g2", "g3")


def settings(root, bucket, key) -> Settings:
    archive = s3_server().section(f"s3://{bucket}/archive")
    gatherers = {name: {key: f"s3://{bucket}/journals/{name}"} for name in NAMES}
    return Settings(
        root=root,
        gatherers=gatherers,
        archive=archive.model_dump(),
        capture={"instruments": {str(BTC): ["trades"]}},
    )


@pytest.fixture
def machines(tmp_path):
    """The machine that records and ships, and the one that lands."""
    bucket = s3_server().bucket()
    for seed, name in enumerate(NAMES):
        write(tmp_path / "here" / "journals", name, missing_some(FRAMES, seed))
    here = md.platform.open_with(settings(tmp_path / "here", bucket, "ship"))
    there = md.platform.open_with(settings(tmp_path / "there", bucket, "journal"))
    return here, there


def test_what_is_landed_from_a_bucket_equals_what_is_landed_on_the_spot(machines):
    here, there = machines
    assert land(there).frames == 0
    assert set(ship(here)) == set(NAMES)
    result = land(there)
    assert result.by_gatherer == land(here).by_gatherer
    assert there.read("trades", BTC).equals(here.read("trades", BTC))
    assert there.store.coverage("trades", BTC) == here.store.coverage("trades", BTC)
    assert land(there).frames == 0


def test_later_segments_are_landed_from_where_the_cursor_is(machines):
    here, there = machines
    ship(here)
    land(there)
    write(here.root / "journals", "g2", trades(range(300, 320)))
    assert {name: one.segments for name, one in ship(here).items()} == {"g1": 0, "g2": 1, "g3": 0}
    assert land(there).inserted == 20


def test_a_gatherer_with_nowhere_to_ship_to_is_an_error_that_says_what_to_set(machines):
    with pytest.raises(ConfigurationError, match=r"gatherers\.g1\] ship"):
        ship(machines[1], ["g1"])
    with pytest.raises(ConfigurationError, match="no gatherer ships"):
        ship(machines[1])
