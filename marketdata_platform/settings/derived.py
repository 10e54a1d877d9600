"""Sections of the configuration that derived record types bring, as pydantic reads them.

Belongs here: from a `Choices` class to a checked section, and one instrument's exceptions. Does
not: keys, defaults and ranges (core/datasets/derived), live capture (live.py), stores and archives
(tiers.py).
"""

from __future__ import annotations

import types
from collections.abc import Iterable
from dataclasses import fields
from decimal import Decimal
from typing import TYPE_CHECKING, Annotated, Any, Union, get_args, get_origin, get_type_hints

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, create_model

from marketdata_platform.core.datasets import DERIVED, Derived
from marketdata_platform.core.datasets.derived.choices import Above, AtLeast, Checked, Choices


class Section(BaseModel):
    """A part of the configuration: unknown keys are mistakes."""

    model_config = ConfigDict(extra="forbid", frozen=True)


def choices_of(derived: Iterable[Derived]) -> dict[str, type[Choices]]:
    """Every section that the record types read, by its name.

    Raises:
        ValueError: when two different ones have one name.
    """
    found: dict[str, type[Choices]] = {}
    for choices in (one.fold.choices for one in derived):
        if found.setdefault(choices.section, choices) is not choices:
            raise ValueError(f"two sections of the configuration are called {choices.section}")
    return found


def section_model(choices: type[Choices]) -> type[Section]:
    """The section with each key's default and rule."""
    hints = get_type_hints(choices, include_extras=True)
    keys: dict[str, Any] = {
        field.name: (_checked(hints[field.name]), field.default)
        for field in fields(choices)  # type: ignore[arg-type]  # each one is a dataclass
    }
    return create_model(choices.__name__, __base__=Section, __doc__=choices.__doc__, **keys)


def _checked(annotation: Any) -> Any:
    """`annotation` with its rules as pydantic knows them; decimals also from floats, exactly."""
    ruled = _with_rules(annotation)
    return Annotated[ruled, BeforeValidator(_exact)] if _holds_decimal(annotation) else ruled


def _with_rules(annotation: Any) -> Any:
    if get_origin(annotation) is Annotated:
        kind, *rules = get_args(annotation)
        for rule in rules:
            kind = Annotated[kind, _pydantic_rule(rule)]
        return kind
    if get_origin(annotation) in (Union, types.UnionType):
        return Union[tuple(_with_rules(part) for part in get_args(annotation))]  # noqa: UP007
    return annotation


def _pydantic_rule(rule: object) -> Any:
    match rule:
        case AtLeast(least):
            return Field(ge=least)
        case Above(limit):
            return Field(gt=limit)
        case Checked(check):
            return AfterValidator(check)
    raise TypeError(f"{rule!r} is no rule of core/datasets/derived/choices.py")


def _holds_decimal(annotation: Any) -> bool:
    return annotation is Decimal or any(_holds_decimal(part) for part in get_args(annotation))


def _exact(value: object) -> object:
    return str(value) if isinstance(value, float) else value


CHOICES = choices_of(DERIVED)
# Keys whose values are lists: a variable of the environment holds them with commas between.
LIST_KEYS = frozenset(
    key
    for choices in CHOICES.values()
    for key, kind in get_type_hints(choices).items()
    if get_origin(kind) is tuple
)
_MODELS = {name: section_model(choices) for name, choices in CHOICES.items()}

if TYPE_CHECKING:
    # Their fields follow from the list: `Settings.chosen` reads them with types.
    class DerivedSections(Section):
        """The sections of all derived record types."""

    class InstrumentSection(Section):
        """What one instrument does differently; every key not given is as for all."""

else:
    DerivedSections = create_model(
        "DerivedSections",
        __base__=Section,
        **{name: (model, model()) for name, model in _MODELS.items()},
    )
    InstrumentSection = create_model(
        "InstrumentSection",
        __base__=Section,
        __doc__="What one instrument does differently; every key not given is as for all.",
        **{
            name: (model | None, None)
            for name, model in _MODELS.items()
            if CHOICES[name].per_instrument
        },
    )
