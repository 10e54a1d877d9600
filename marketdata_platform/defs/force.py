"""How a run is asked to do again what is up to date: a tag, which a launch from the UI can carry as
well.
"""

from collections.abc import Mapping

FORCE_TAG = "marketdata/force"


def force_tags(force: bool) -> dict[str, str]:
    """The tags of a run that is to do everything again; none otherwise."""
    return {FORCE_TAG: "true"} if force else {}


def is_forced(tags: Mapping[str, str]) -> bool:
    """True if a run with these tags does again what is up to date."""
    return tags.get(FORCE_TAG) == "true"
