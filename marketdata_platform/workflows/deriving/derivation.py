"""What a derived dataset is to the walk over days: a fold with one instrument's parameters."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal

import polars as pl

from marketdata_platform.core.bars.day_input import DayInput
from marketdata_platform.core.datasets import DERIVED, Derived

# Part of every fingerprint: raise it when a kernel's numbers change, and all that was derived is
# derived again.
KERNEL_VERSION = 1

Step = Callable[[DayInput, bytes | None], tuple[pl.DataFrame, bytes]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Derivation:
    """One derived dataset of one instrument: `step(day, state) -> (rows, state)`.

    `params`: everything that the numbers depend on besides the trades. `sees_gaps` and
    `held_volume` as in `Fold`.
    """

    dataset: str
    step: Step
    params: str
    sees_gaps: bool
    held_volume: Callable[[bytes], Decimal] | None
    params_digest: str = field(init=False)

    def __post_init__(self) -> None:
        text = f"{KERNEL_VERSION}|{self.dataset}|{self.params}"
        object.__setattr__(self, "params_digest", hashlib.sha256(text.encode()).hexdigest()[:16])


def derivations(
    params: Mapping[str, object], listed: Iterable[Derived] = DERIVED
) -> dict[str, Derivation]:
    """Every derived dataset by name; `params` are those of one instrument, by dataset."""
    return {one.name: _derivation(one, params[one.name]) for one in listed}


def _derivation(derived: Derived, params: object) -> Derivation:
    fold = derived.fold

    def step(day: DayInput, state: bytes | None) -> tuple[pl.DataFrame, bytes]:
        return fold.step(day, params, state)

    return Derivation(
        dataset=derived.name,
        step=step,
        params=str(params),
        sees_gaps=fold.sees_gaps,
        held_volume=fold.held_volume,
    )
