"""Sections of the configuration that say where rows live, for how long, and who may watch.

Belongs here: keys, defaults, ranges, secrets as secrets. Does not: opening anything (platform).
"""

from __future__ import annotations

from datetime import timedelta
from typing import Annotated, Literal

from pydantic import AfterValidator, Field, SecretStr

from marketdata_platform.core.datasets import DATASETS, META, Tier
from marketdata_platform.core.datasets.meta import DELETABLE_META
from marketdata_platform.settings.derived import Section

_KEPT = ("journal", "dagster_runs")
_FOR_EVER = frozenset(d.name for d in META if d not in DELETABLE_META)


class PoolSection(Section):
    """Connections of one component to PostgreSQL: how many, and how long one waits and lives.

    `max_size` bounds one process, `budget` all processes of the component together; 0: they are not
    counted.
    """

    min_size: int = Field(1, ge=0)
    max_size: int = Field(8, ge=1)
    budget: int = Field(32, ge=0)
    wait_seconds: float = Field(30.0, gt=0)
    lifetime_seconds: float = Field(3_600.0, gt=0)
    idle_seconds: float = Field(600.0, gt=0)


class StoreSection(Section):
    """The store. No `url`: a DuckDB file per instrument under `root`; `postgresql://…`: the served
    store.

    `attachments` are DuckDB's: files held open at most. `lock_timeout_seconds` is how long to wait
    for another writer. The other keys are PostgreSQL's; `create` lets an empty database get its
    tables at first use, `component` is how connections are called and counted.
    """

    url: SecretStr | None = None
    read_url: SecretStr | None = None  # a replica that `read`, `scan` and `query` use
    attachments: int = Field(200, ge=1)
    lock_timeout_seconds: float = Field(30.0, ge=0)
    timescale: Literal["auto", "on", "off"] = "auto"
    create: bool = True
    component: str = Field("platform", pattern=r"[a-z][a-z0-9_-]{0,39}")
    pool: PoolSection = PoolSection()
    statement_timeout_seconds: float = Field(300.0, ge=0)
    idle_in_transaction_seconds: float = Field(60.0, ge=0)
    connect_timeout_seconds: float = Field(10.0, gt=0)


class ArchiveSection(Section):
    """The archive. No `url`: `<root>/archive`; `s3://bucket/prefix`: an object store.

    Credentials come as usual (environment, profile, role) where they are not given. Datasets in
    `skip` are not archived: retention then deletes them for good, to the microsecond.
    """

    url: str | None = None
    skip: Annotated[tuple[str, ...], AfterValidator(lambda value: check_archivable(value))] = ()
    endpoint: str | None = None
    region: str | None = None
    path_style: bool = True
    access_key_id: SecretStr | None = None
    secret_access_key: SecretStr | None = None
    session_token: SecretStr | None = None
    part_bytes: int = Field(8 * 2**20, ge=5 * 2**20)
    timeout_seconds: float = Field(30.0, gt=0)
    retries: int = Field(5, ge=0)


class MetricsSection(Section):
    """Prometheus: where `marketdata metrics` and gatherers with a `metrics_port` listen."""

    host: str = "127.0.0.1"
    port: int = Field(9_464, ge=1, le=65_535)


class LogSection(Section):
    """Logs of long-running commands."""

    format: Literal["console", "json"] = "console"
    level: Literal["debug", "info", "warning", "error"] = "info"


def from_url(value: object) -> object:
    """`store = "postgresql://…"` is short for `[store] url = "…"`."""
    return {"url": value} if isinstance(value, str) else value


def check_archivable(value: tuple[str, ...]) -> tuple[str, ...]:
    """The datasets that are not archived; bookkeeping never is.

    Raises:
        ValueError: when one is not archived anyway, or there is no such dataset.
    """
    allowed = [name for name, dataset in DATASETS.items() if dataset.tier is not Tier.META]
    wrong = [name for name in value if name not in allowed]
    if wrong:
        raise ValueError(
            f"{wrong[0][:40]!a} is not archived anyway; allowed: {', '.join(sorted(allowed))}"
        )
    return value


def check_retention(value: dict[str, timedelta | None]) -> dict[str, timedelta | None]:
    """Keys are datasets, or what else is kept; not the bookkeeping that numbers follow from, which
    always stays.

    Raises:
        ValueError: when a key is not one of them; the message lists those allowed.
    """
    allowed = {name for name in DATASETS if name not in _FOR_EVER} | set(_KEPT)
    wrong = [name for name in value if name not in allowed]
    if wrong:
        always = ": it is kept for ever" if wrong[0] in _FOR_EVER else " is not kept"
        raise ValueError(f"{wrong[0][:40]!a}{always}; allowed: {', '.join(sorted(allowed))}")
    return value
