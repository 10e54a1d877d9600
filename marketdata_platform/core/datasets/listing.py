"""What holds of a list of record types as a whole."""

from __future__ import annotations

from marketdata_platform.core.datasets.derived.model import Derived
from marketdata_platform.core.datasets.model import Dataset


def listed(*datasets: Dataset) -> dict[str, Dataset]:
    """The record types by name, in the order given.

    Raises:
        ValueError: two have one name, or one lies in a tier of derived types and does not say what
            a `Derived` says.
    """
    by_name: dict[str, Dataset] = {}
    for dataset in datasets:
        if dataset.name in by_name:
            raise ValueError(f"two record types are called {dataset.name}")
        if dataset.derived and not isinstance(dataset, Derived):
            raise ValueError(
                f"{dataset.name} is of tier {dataset.tier}: declare it as `Derived`, which says "
                "its fold, whether it conserves volume and whether a day is a snapshot"
            )
        by_name[dataset.name] = dataset
    return by_name
