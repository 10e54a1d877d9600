"""The whole configuration, and the parameters that follow from it.

Belongs here: `Settings`. Does not: reading it (load.py), what its sections hold (derived.py,
live.py, tiers.py).
"""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

from pydantic import AfterValidator, BeforeValidator, Field, field_validator

from marketdata_platform.core.datasets import dataset_named
from marketdata_platform.core.errors import ConfigurationError, InvalidInstrument
from marketdata_platform.core.instrument import Instrument
from marketdata_platform.settings.derived import (
    ImbalanceSection,
    InstrumentSection,
    KlineSection,
    OrderFlowSection,
    PlainBarsSection,
    Section,
    VpinSection,
)
from marketdata_platform.settings.durations import Duration
from marketdata_platform.settings.live import (
    CaptureSection,
    EndpointSection,
    GathererSection,
    LandingSection,
    check_gatherers,
    gatherers_of,
)
from marketdata_platform.settings.tiers import (
    ArchiveSection,
    LogSection,
    MetricsSection,
    StoreSection,
    check_retention,
    from_url,
)
from marketdata_platform.venues.endpoint import Endpoint
from marketdata_platform.venues.endpoints import endpoint_of, overridden

if TYPE_CHECKING:
    from marketdata_platform.workflows.deriving.derivations import DeriveParams
    from marketdata_platform.workflows.deriving.series_start import SeriesStart


class ImportSection(Section):
    """Importers: caps against zip bombs."""

    max_decompressed_bytes: int = Field(64 * 2**30, ge=1)
    max_ratio: int = Field(200, gt=1)


class Settings(Section):
    """The whole configuration; `root` holds data, archive, inbox, charts and Dagster's state."""

    root: Path
    start_date: date = date(2017, 1, 1)
    klines: KlineSection = KlineSection()
    imbalance: ImbalanceSection = ImbalanceSection()
    bars: PlainBarsSection = PlainBarsSection()
    vpin: VpinSection = VpinSection()
    order_flow: OrderFlowSection = OrderFlowSection()
    store: Annotated[StoreSection, BeforeValidator(from_url)] = StoreSection()
    archive: Annotated[ArchiveSection, BeforeValidator(from_url)] = ArchiveSection()
    imports: ImportSection = ImportSection()
    capture: CaptureSection = CaptureSection()
    gatherers: Annotated[
        dict[str, GathererSection], BeforeValidator(gatherers_of), AfterValidator(check_gatherers)
    ] = Field(default_factory=lambda: {name: GathererSection() for name in ("g1", "g2", "g3")})
    endpoints: dict[str, EndpointSection] = Field({})
    landing: LandingSection = LandingSection()
    retention: Annotated[dict[str, Duration], AfterValidator(check_retention)] = Field({})
    metrics: MetricsSection = MetricsSection()
    log: LogSection = LogSection()
    instruments: dict[str, InstrumentSection] = Field({})

    @field_validator("instruments")
    @classmethod
    def _instruments_parse(
        cls, value: dict[str, InstrumentSection]
    ) -> dict[str, InstrumentSection]:
        for name in value:
            try:
                Instrument.parse(name)
            except InvalidInstrument as error:
                raise ValueError(str(error)) from None
        return value

    @field_validator("endpoints")
    @classmethod
    def _endpoints_known(cls, value: dict[str, EndpointSection]) -> dict[str, EndpointSection]:
        for name in value:
            venue, _, market = name.partition(":")
            try:
                endpoint_of(venue, market)
            except ConfigurationError as error:
                raise ValueError(str(error)) from None
        return value

    def endpoint(self, venue: str, market: str) -> Endpoint:
        """Where a venue's market is reached: the built-in endpoint with what
        `[endpoints."venue:market"]` changes.
        """
        endpoint = endpoint_of(venue, market)
        own = self.endpoints.get(f"{venue}:{market}") or self.endpoints.get(
            f"{venue}:{endpoint.market}"
        )
        return endpoint if own is None else overridden(endpoint, own.model_dump(exclude_none=True))

    def captured(self) -> dict[Instrument, tuple[str, ...]]:
        """What the gatherers record: datasets by instrument."""
        return {
            Instrument.parse(name): datasets for name, datasets in self.capture.instruments.items()
        }

    def journal_of(self, gatherer: str) -> str:
        """Folder, or object-store prefix, of a gatherer's journal."""
        return self.gatherers[gatherer].journal or str(self.root / "journals" / gatherer)

    def retention_of(self, name: str) -> timedelta | None:
        """How long a dataset (or `journal`, `dagster_runs`) is kept; None: for ever."""
        if name in self.retention:
            return self.retention[name]
        if name == "dagster_runs":
            return timedelta(days=7)  # a minute schedule fills SQLite with some 200 MB a day
        return None if name == "journal" else dataset_named(name).retain

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
        """Parameters of one instrument's derived datasets; `auto` amounts come from the series'
        start.
        """
        # Here, not above: a gatherer reads the configuration and must not load Polars and Numba for
        # it.
        from marketdata_platform.core.bars import VpinParams
        from marketdata_platform.workflows.deriving.derivations import DeriveParams

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
