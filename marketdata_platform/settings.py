"""Configuration: marketdata.toml and the environment, typed, every key checked.

Belongs here: what a deployment may choose, its defaults, and the parameters that follow. Does not: what they do.
Nothing is read at import; `load_settings` reads when it is called.
"""

from __future__ import annotations

import os
import tomllib
from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError, field_validator

from marketdata_platform.core.bars import VpinParams
from marketdata_platform.core.bars.intervals import INTERVALS
from marketdata_platform.core.errors import ConfigurationError, InvalidInstrument
from marketdata_platform.core.instrument import Instrument
from marketdata_platform.workflows.derivations import DeriveParams
from marketdata_platform.workflows.series_start import SeriesStart

CONFIG_NAME = "marketdata.toml"
_PREFIX = "MARKETDATA_"
_NOT_SETTINGS = frozenset({"MARKETDATA_CONFIG", "MARKETDATA_ROOT"})
_FOREIGN = ("MARKETDATA_TEST_", "MARKETDATA_BENCH_")


def _exact(value: object) -> object:
    return str(value) if isinstance(value, float) else value


Amount = Annotated[Decimal, BeforeValidator(_exact), Field(gt=0)]
AmountOrAuto = Annotated[Annotated[Decimal, Field(gt=0)] | Literal["auto"], BeforeValidator(_exact)]


class _Section(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class ImbalanceSection(_Section):
    """Imbalance and run bars: `expected_ticks` is T0 of DEFINITIONS; spans are in bars and in trades."""

    expected_ticks: int = Field(1_000, ge=1)
    span_bars: int = Field(20, ge=1)
    span_ticks: int = Field(1_000, ge=1)
    min_ticks: int = Field(100, ge=1)
    max_ticks: int = Field(10_000, ge=1)


class PlainBarsSection(_Section):
    """Plain bars: trades, volume and Σp·q a bar; `auto` is a 50th of the series' first UTC day."""

    ticks: int = Field(1_000, ge=1)
    volume: AmountOrAuto = "auto"
    dollars: AmountOrAuto = "auto"


class VpinSection(_Section):
    """VPIN: V (`auto`: the previous UTC day's volume / 50), buckets averaged, and how volume is signed."""

    bucket_volume: AmountOrAuto = "auto"
    window: int = Field(50, ge=1)
    method: Literal["side", "bvc"] = "side"


class KlineSection(_Section):
    """Intervals kept in `bar__kline`; every other one is rolled up when it is read."""

    intervals: tuple[str, ...] = ("1m", "5m", "15m", "1h", "4h", "1d")

    @field_validator("intervals")
    @classmethod
    def _known(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        stored = [i for i in INTERVALS if i not in ("3d", "1w", "1M")]
        wrong = [i for i in value if i not in stored]
        if wrong or "1m" not in value:
            raise ValueError(
                f"must hold 1m and only intervals of {', '.join(stored)}; not {', '.join(wrong) or 'without 1m'}"
            )
        return value


class OrderFlowSection(_Section):
    """Order flow, profile, gaps and zones. `profile_tick` auto: a power of ten at or below 1 bp of the first price."""

    interval: str = "1m"
    profile_tick: AmountOrAuto = "auto"
    candle_interval: str = "5m"
    gap_min_size_bps: Annotated[Decimal, BeforeValidator(_exact), Field(ge=0)] = Decimal(1)

    @field_validator("interval", "candle_interval")
    @classmethod
    def _divides_a_day(cls, value: str) -> str:
        allowed = [i for i in INTERVALS if i not in ("3d", "1w", "1M")]
        if value not in allowed:
            raise ValueError(f"must be one of {', '.join(allowed)}")
        return value


class InstrumentSection(_Section):
    """What one instrument does differently; every key not given is as for all."""

    imbalance: ImbalanceSection | None = None
    bars: PlainBarsSection | None = None
    vpin: VpinSection | None = None
    order_flow: OrderFlowSection | None = None


class StoreSection(_Section):
    """The DuckDB store: files held open at most, and how long to wait for another process's lock."""

    attachments: int = Field(200, ge=1)
    lock_timeout_seconds: float = Field(30.0, ge=0)


class ImportSection(_Section):
    """Importers: caps against zip bombs."""

    max_decompressed_bytes: int = Field(64 * 2**30, ge=1)
    max_ratio: int = Field(200, gt=1)


class Settings(_Section):
    """The whole configuration; `root` holds data, archive, inbox, charts and Dagster's state."""

    root: Path
    start_date: date = date(2017, 1, 1)
    klines: KlineSection = KlineSection()
    imbalance: ImbalanceSection = ImbalanceSection()
    bars: PlainBarsSection = PlainBarsSection()
    vpin: VpinSection = VpinSection()
    order_flow: OrderFlowSection = OrderFlowSection()
    store: StoreSection = StoreSection()
    imports: ImportSection = ImportSection()
    instruments: dict[str, InstrumentSection] = {}

    @field_validator("instruments")
    @classmethod
    def _instruments_parse(cls, value: dict[str, InstrumentSection]) -> dict[str, InstrumentSection]:
        for name in value:
            try:
                Instrument.parse(name)
            except InvalidInstrument as error:
                raise ValueError(str(error)) from None
        return value

    def of(self, instrument: Instrument) -> InstrumentSection:
        """The sections that hold for `instrument`: its own where given, else those for all."""
        own = self.instruments.get(str(instrument), InstrumentSection())
        return InstrumentSection(
            imbalance=own.imbalance or self.imbalance,
            bars=own.bars or self.bars,
            vpin=own.vpin or self.vpin,
            order_flow=own.order_flow or self.order_flow,
        )

    def derive_params(self, instrument: Instrument, start: SeriesStart) -> DeriveParams:
        """Parameters of one instrument's derived datasets; `auto` amounts come from the series' start."""
        own = self.of(instrument)
        imbalance, bars, vpin, flow = own.imbalance, own.bars, own.vpin, own.order_flow
        assert imbalance and bars and vpin and flow  # `of` fills them
        return DeriveParams(
            kline_intervals=self.klines.intervals,
            expected_ticks=imbalance.expected_ticks,
            span_bars=imbalance.span_bars,
            span_ticks=imbalance.span_ticks,
            min_ticks=imbalance.min_ticks,
            max_ticks=imbalance.max_ticks,
            bar_ticks=bars.ticks,
            bar_volume=start.volume_a_bar if bars.volume == "auto" else bars.volume,
            bar_dollars=start.dollars_a_bar if bars.dollars == "auto" else bars.dollars,
            vpin=VpinParams(
                bucket_volume=vpin.bucket_volume,
                window=vpin.window,
                method=vpin.method,
                first_bucket_volume=start.volume_a_bar if vpin.bucket_volume == "auto" else None,
            ),
            flow_interval=flow.interval,
            profile_tick=start.level_tick if flow.profile_tick == "auto" else flow.profile_tick,
            candle_interval=flow.candle_interval,
            gap_min_size_bps=flow.gap_min_size_bps,
        )


def load_settings(root: Path | str | None = None, environ: Mapping[str, str] | None = None) -> Settings:
    """Settings from marketdata.toml, overridden by `MARKETDATA_<SECTION>__<KEY>`, `MARKETDATA_ROOT` and `root`.

    The file is `MARKETDATA_CONFIG`, else the nearest marketdata.toml from the working folder upward, else the
    checkout's own. A relative `root` in the file is relative to the file.

    Raises:
        ConfigurationError: names the file or variable, the key, and what is allowed.
    """
    environ = os.environ if environ is None else environ
    path = _config_path(environ)
    values = _read_toml(path) if path else {}
    base = path.parent if path else _checkout() or Path.cwd()
    values["root"] = base / values.get("root", ".marketdata")
    for name, raw in environ.items():
        if name.startswith(_PREFIX) and name not in _NOT_SETTINGS and not name.startswith(_FOREIGN):
            _put(values, name, raw)
    if environ.get("MARKETDATA_ROOT"):
        values["root"] = Path(environ["MARKETDATA_ROOT"])
    if root is not None:
        values["root"] = Path(root)
    values["root"] = Path(values["root"]).expanduser().resolve()
    try:
        return Settings(**_completed(values))
    except ValidationError as error:
        raise ConfigurationError(_explain(error, path)) from None


def _checkout() -> Path | None:
    folder = Path(__file__).resolve().parents[1]
    return folder if (folder / "pyproject.toml").is_file() else None


def _config_path(environ: Mapping[str, str]) -> Path | None:
    named = environ.get("MARKETDATA_CONFIG")
    if named:
        path = Path(named).expanduser().resolve()
        if not path.is_file():
            raise ConfigurationError(f"MARKETDATA_CONFIG names {path}, which is not a file")
        return path
    here = Path.cwd().resolve()
    folders = [here, *here.parents, *filter(None, [_checkout()])]
    return next((f / CONFIG_NAME for f in folders if (f / CONFIG_NAME).is_file()), None)


def _read_toml(path: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise ConfigurationError(f"{path} is not valid TOML: {error}") from None


def _put(values: dict[str, Any], name: str, raw: str) -> None:
    *sections, key = name.removeprefix(_PREFIX).lower().split("__")
    target = values
    for section in sections:
        target = target.setdefault(section, {})
        if not isinstance(target, dict):
            raise ConfigurationError(f"{name}: {section} is a value, not a section")
    target[key] = raw.split(",") if key == "intervals" else raw


def _completed(values: dict[str, Any]) -> dict[str, Any]:
    """Each instrument's sections with the keys that it leaves out as they are for all instruments."""
    instruments = values.get("instruments")
    if not isinstance(instruments, dict):
        return values
    merged = {
        name: {key: _over(values.get(key), section) for key, section in own.items()} if isinstance(own, dict) else own
        for name, own in instruments.items()
    }
    return {**values, "instruments": merged}


def _over(usual: object, own: object) -> object:
    return {**usual, **own} if isinstance(usual, dict) and isinstance(own, dict) else own


def _explain(error: ValidationError, path: Path | None) -> str:
    lines = [f"the configuration ({path or 'defaults and environment'}) has {error.error_count()} problem(s):"]
    for problem in error.errors(include_url=False, include_input=False):
        where = [str(part) for part in problem["loc"]]
        message = problem["msg"]
        if problem["type"] == "extra_forbidden":
            message = f"unknown key; allowed here: {', '.join(_allowed(where[:-1]))}"
        lines.append(f"  {'.'.join(where) or '(top)'}: {message}")
    return "\n".join(lines)


def _allowed(sections: list[str]) -> list[str]:
    model: type[BaseModel] = Settings
    for section in sections:
        if model is Settings and section == "instruments":
            continue
        field = model.model_fields.get(section)
        if field is None:
            model = InstrumentSection
            continue
        candidates = [field.annotation, *getattr(field.annotation, "__args__", ())]
        model = next((c for c in candidates if isinstance(c, type) and issubclass(c, BaseModel)), model)
    return sorted(model.model_fields)
