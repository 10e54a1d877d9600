"""What a record type must say, and what holds of the list."""

from dataclasses import fields, replace

import pytest

from marketdata_platform.core.datasets import DATASETS, DERIVED, Dataset, Tier
from marketdata_platform.core.datasets.derived.model import Derived, Fold, Picture
from marketdata_platform.core.datasets.derived.vpin import VPIN
from marketdata_platform.core.datasets.listing import listed


def said(made: object) -> dict[str, object]:
    return {field.name: getattr(made, field.name) for field in fields(made)}


@pytest.mark.parametrize(
    ("made", "unsaid"),
    [
        *((VPIN, f.name) for f in fields(Derived) if f.name not in Dataset.__slots__),
        *((VPIN.fold, f.name) for f in fields(Fold)),
        *((VPIN.picture, f.name) for f in fields(Picture)),
    ],
)
def test_what_a_derived_record_type_must_say_has_no_default(made, unsaid):
    values = said(made)
    del values[unsaid]
    with pytest.raises(TypeError, match=unsaid):
        type(made)(**values)


@pytest.mark.parametrize("tier", [Tier.PROCESSED, Tier.AGGREGATES])
def test_a_plain_dataset_in_a_derived_tier_is_refused(tier):
    plain = Dataset(**{name: getattr(VPIN, name) for name in Dataset.__slots__} | {"tier": tier})
    with pytest.raises(ValueError, match="declare it as `Derived`"):
        listed(plain)


def test_two_of_one_name_are_refused():
    with pytest.raises(ValueError, match="two record types are called bar__vpin"):
        listed(VPIN, VPIN)


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"tier": Tier.RAW}, "tier raw"),
        ({"picture": replace(VPIN.picture, line="nowhere")}, "nowhere"),
        ({"columns": VPIN.columns[:2], "picture": replace(VPIN.picture, line=None)}, "`volume`"),
    ],
)
def test_a_contradiction_is_refused(changes, reason):
    with pytest.raises(ValueError, match=reason):
        replace(VPIN, **changes)


def test_the_list_says_what_it_always_has():
    conserving = {one.name for one in DERIVED if one.conserves}
    snapshots = {one.name for one in DERIVED if one.snapshot}
    assert snapshots == {"fair_value_gaps", "supply_demand_zones"}
    assert conserving == {one.name for one in DERIVED} - snapshots
    assert {d.name for d in DATASETS.values() if d.derived} == {d.name for d in DERIVED}
