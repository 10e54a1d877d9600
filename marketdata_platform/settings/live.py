"""Sections of the configuration that say what is recorded, by whom, and from where.

Belongs here: keys, defaults, ranges. Does not: connecting (feeds), landing (workflows).
"""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Annotated

from pydantic import Field, SecretStr, field_validator

from marketdata_platform.core.datasets import RAW
from marketdata_platform.core.errors import ConfigurationError, InvalidInstrument
from marketdata_platform.core.instrument import Instrument
from marketdata_platform.settings.derived import Section
from marketdata_platform.settings.durations import Duration
from marketdata_platform.venues.channels import channel_of, dataset_of
from marketdata_platform.venues.endpoints import endpoint_of

_GATHERER = re.compile(r"[a-z0-9][a-z0-9_-]{0,31}")
_POLLED = frozenset(
    {"instruments", "open_interest", "book_snapshots"}
)  # these come by REST, also or only


class EndpointSection(Section):
    """Address and limits of one venue's market, where they differ from what the venue's folder
    says.
    """

    websocket: Annotated[str, Field(pattern=r"^wss?://")] | None = None
    rest: Annotated[str, Field(pattern=r"^https?://")] | None = None
    life_seconds: Annotated[float, Field(gt=0)] | None = None
    streams: Annotated[int, Field(ge=1)] | None = None
    silence_seconds: Annotated[float, Field(gt=0)] | None = None


class CaptureSection(Section):
    """What is recorded, dataset by dataset, and how a gatherer behaves."""

    instruments: dict[str, tuple[str, ...]] = Field({})
    # Dagster's sensors start gatherers; false: they only watch what runs elsewhere.
    managed: bool = True
    session_seconds: float = Field(
        3_600.0, gt=0
    )  # of a gatherer's run in Dagster; the next one starts before its end
    overlap_seconds: float = Field(10.0, ge=0)
    stale_seconds: float = Field(
        60.0, gt=0
    )  # a stream without a frame for this long is subscribed again
    heartbeat_stale_seconds: float = Field(
        30.0, gt=0
    )  # a gatherer without a heartbeat for this long is dead
    poll_seconds: float = Field(60.0, gt=0)  # REST polls: open interest and the like
    instruments_poll_seconds: float = Field(3_600.0, gt=0)
    queue_bytes: int = Field(
        16 * 2**20, ge=2**16
    )  # frames that wait for the disk; full: the socket is not read
    commit_seconds: float = Field(0.1, gt=0)
    segment_seconds: float = Field(600.0, gt=0)
    segment_bytes: int = Field(64 * 2**20, ge=2**16)

    @field_validator("instruments")
    @classmethod
    def _streamed(cls, value: dict[str, tuple[str, ...]]) -> dict[str, tuple[str, ...]]:
        for name, datasets in value.items():
            try:
                instrument = Instrument.parse(name)
                endpoint_of(instrument.venue, instrument.market)
                for dataset in datasets:
                    _check_streamed(instrument, dataset)
            except (InvalidInstrument, ConfigurationError) as error:
                raise ValueError(str(error)) from None
        return value


def _check_streamed(instrument: Instrument, dataset: str) -> None:
    known = [kind.name for kind in RAW]
    if dataset_of(dataset) not in known:
        raise ConfigurationError(
            f"{instrument}: no raw dataset is called {dataset!a}; there are {', '.join(known)}"
        )
    if dataset not in _POLLED:
        channel_of(instrument, dataset)


class GathererSection(Section):
    """One redundant recorder.

    `journal`: folder or `s3://bucket/prefix` it is read from; empty: `<root>/journals/<name>`.
    `ship`: object-store prefix that its sealed segments are copied to. `database`: its own
    PostgreSQL, in the two-tier layout: landing reads that instead of the journal, and rows older
    than `keep` leave it.
    """

    journal: str = ""
    ship: str = ""
    database: SecretStr | None = None
    keep: Duration = timedelta(days=2)
    metrics_port: Annotated[int, Field(ge=1, le=65_535)] | None = None


class LandingSection(Section):
    """Landing: bytes of a journal taken at a time, and how long a hole waits for another gatherer
    before repair.
    """

    batch_bytes: int = Field(32 * 2**20, ge=2**16)
    settle_seconds: float = Field(30.0, ge=0)
    clock_step_seconds: float = Field(5.0, gt=0)


def gatherers_of(value: object) -> object:
    """`3`, `"a,b"` or `["a", "b"]` as sections by name; a table stays as it is."""
    if isinstance(value, str) and value.strip().isdigit():
        value = int(value)
    if isinstance(value, int) and not isinstance(value, bool):
        value = [f"g{number}" for number in range(1, value + 1)]
    if isinstance(value, str):
        value = [name.strip() for name in value.split(",") if name.strip()]
    if isinstance(value, list | tuple):
        value = {str(name): {} for name in value}
    return value


def check_gatherers(value: dict[str, GathererSection]) -> dict[str, GathererSection]:
    """Names become folders, run tags and labels, so they are plain; there is one at least.

    Raises:
        ValueError: when a name is not, or there is none.
    """
    wrong = [name for name in value if not _GATHERER.fullmatch(name)]
    if wrong or not value:
        problem = f"not {wrong[0][:40]!a}" if wrong else "and there must be one"
        raise ValueError(f"a gatherer's name is 1-32 of a-z, 0-9, - and _; {problem}")
    return value
