"""`open()`: the one place that picks adapters, and `Platform`: reading, and what belongs to one deployment.

Belongs here: wiring. Does not: use cases (workflows), SQL (stores), orchestration (defs).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from pathlib import Path

import polars as pl
import pyarrow as pa
from polars.io.plugins import register_io_source

from marketdata_platform.archive.folder import FolderArchive
from marketdata_platform.core.bars import VpinParams
from marketdata_platform.core.datasets import dataset_named
from marketdata_platform.core.errors import InvalidInput, InvalidWindow
from marketdata_platform.core.instrument import Instrument
from marketdata_platform.core.window import Window
from marketdata_platform.settings import InstrumentSection, Settings, load_settings
from marketdata_platform.stores.duckdb import DuckDBStore
from marketdata_platform.workflows.derivation import Derivation
from marketdata_platform.workflows.derivations import DeriveParams, derivations
from marketdata_platform.workflows.derive import DerivedDay, Progress, derive
from marketdata_platform.workflows.klines import read_klines
from marketdata_platform.workflows.series_start import SeriesStart, series_start

Moment = datetime | date | str
_ONE = Decimal(1)
_NOT_TRADED_YET = SeriesStart(_ONE, _ONE, _ONE)
_FIRST = datetime(1900, 1, 1, tzinfo=UTC)
_LAST = datetime(2200, 1, 1, tzinfo=UTC)


class Platform:
    """One deployment: its settings, store and archive, and the reading of every dataset."""

    def __init__(self, settings: Settings, store: DuckDBStore, archive: FolderArchive) -> None:
        self.settings = settings
        self.store = store
        self.archive = archive

    @property
    def root(self) -> Path:
        """The folder that holds data, archive, inbox, charts and Dagster's state."""
        return self.settings.root

    @property
    def inbox(self) -> Path:
        """Where the `trades` asset looks for dump files: inbox/<venue>/<market>/<symbol>/."""
        return self.root / "inbox"

    def instruments(self) -> list[Instrument]:
        """Every instrument that the store holds."""
        return self.store.instruments()

    def read(
        self,
        dataset: str,
        instrument: str | Instrument | Sequence[str | Instrument],
        start: Moment | None = None,
        end: Moment | None = None,
        *,
        columns: Sequence[str] | None = None,
        interval: str | None = None,
    ) -> pl.DataFrame:
        """Rows of any dataset with its time column in `[start, end)`, in the dataset's order.

        Args:
            dataset: a name of `marketdata schema`, e.g. `trades` or `bar__kline`.
            instrument: `venue:market:symbol`; with a list the result starts with a column `instrument`.
            start: UTC moment, day or ISO 8601 text; None reads from the first row.
            end: likewise, exclusive; None reads to the last row.
            columns: the columns wanted; None reads all.
            interval: for datasets with an interval: only that one. Klines of an interval that is not stored are
                rolled up from the stored ones, those below a minute are made from the trades.

        Raises:
            UnknownDataset, InvalidInstrument, InvalidWindow: the argument and what is allowed.
        """
        return self.scan(dataset, instrument, start, end, columns=columns, interval=interval).collect()

    def scan(
        self,
        dataset: str,
        instrument: str | Instrument | Sequence[str | Instrument],
        start: Moment | None = None,
        end: Moment | None = None,
        *,
        columns: Sequence[str] | None = None,
        interval: str | None = None,
    ) -> pl.LazyFrame:
        """The same as `read`, lazy: batches are read as the query needs them, only the columns that it uses."""
        several = not isinstance(instrument, str | Instrument)
        named: Iterable[str | Instrument] = instrument if several else [instrument]  # type: ignore[list-item,assignment]
        wanted = [i if isinstance(i, Instrument) else Instrument.parse(i) for i in named]
        if not wanted:
            raise InvalidInput("no instrument is given: name one, or a list of them")
        window = window_of(start, end)
        frames = [self._scan_one(dataset, one, window, columns, interval) for one in wanted]
        if several:
            names = [pl.lit(str(one)).alias("instrument") for one in wanted]
            frames = [f.select(n, pl.all()) for f, n in zip(frames, names, strict=True)]
        return pl.concat(frames)

    def _scan_one(
        self,
        dataset: str,
        instrument: Instrument,
        window: Window | None,
        columns: Sequence[str] | None,
        interval: str | None,
    ) -> pl.LazyFrame:
        kind = dataset_named(dataset)
        wanted = list(columns) if columns is not None else kind.arrow_schema.names
        unknown = [c for c in wanted if c not in kind.arrow_schema.names]
        if unknown:
            raise InvalidInput(f"{dataset} has no column {unknown[0]!r}; it has {', '.join(kind.arrow_schema.names)}")
        if interval is None:
            return self._source(dataset, instrument, window).select(wanted)
        if "interval" not in kind.arrow_schema.names:
            raise InvalidInput(f"{dataset} has no interval")
        if dataset == "bar__kline":
            frame = read_klines(self.store, instrument, window, interval, self.settings.klines.intervals)
            return frame.lazy().select(wanted)
        return self._source(dataset, instrument, window).filter(pl.col("interval") == interval).select(wanted)

    def _source(self, dataset: str, instrument: Instrument, window: Window | None) -> pl.LazyFrame:
        arrow = dataset_named(dataset).arrow_schema
        schema = pl.DataFrame(pl.from_arrow(arrow.empty_table())).schema

        def batches(
            with_columns: list[str] | None, predicate: pl.Expr | None, n_rows: int | None, batch_size: int | None
        ) -> Iterator[pl.DataFrame]:
            left = n_rows
            with self.store.session():
                for batch in self.store.read(dataset, instrument, window):
                    frame = pl.DataFrame(pl.from_arrow(pa.Table.from_batches([batch])))
                    frame = frame.select(with_columns) if with_columns is not None and predicate is None else frame
                    frame = frame.filter(predicate) if predicate is not None else frame
                    frame = frame.select(with_columns) if with_columns is not None else frame
                    if left is not None:
                        frame = frame.head(left)
                        left -= frame.height
                    yield frame
                    if left == 0:
                        return

        return register_io_source(batches, schema=schema)

    def derivations(self, instrument: Instrument) -> dict[str, Derivation]:
        """Every derived dataset of the instrument with the parameters that hold for it."""
        start = series_start(self.store, instrument) or _NOT_TRADED_YET
        return derivations(derive_params(self.settings.of(instrument), self.settings.klines.intervals, start))

    def derive(
        self,
        instrument: Instrument,
        days: Iterable[date],
        datasets: Iterable[str] | None = None,
        *,
        force: bool = False,
        progress: Progress | None = None,
    ) -> list[DerivedDay]:
        """Bring derived datasets (None: all) of an instrument up to date on the given UTC days."""
        with self.store.session():
            made = self.derivations(instrument)
            chosen = made if datasets is None else {name: made[dataset_named(name).name] for name in datasets}
            return derive(self.store, instrument, chosen, days, force=force, progress=progress)


def open(root: Path | str | None = None) -> Platform:  # noqa: A001  the surface is `md.open()`, as in DESIGN
    """The platform that marketdata.toml and the environment describe, at `root` when it is given.

    Raises:
        ConfigurationError: when they are not valid; nothing is opened then.
    """
    return open_with(load_settings(root))


def open_with(settings: Settings) -> Platform:
    """The platform of given settings."""
    store = DuckDBStore(
        settings.root,
        capacity=settings.store.attachments,
        lock_timeout_seconds=settings.store.lock_timeout_seconds,
    )
    return Platform(settings, store, FolderArchive(settings.root))


def derive_params(section: InstrumentSection, intervals: tuple[str, ...], start: SeriesStart) -> DeriveParams:
    """Parameters of one instrument; `auto` amounts come from the series' start."""
    imbalance, bars, vpin, flow = section.imbalance, section.bars, section.vpin, section.order_flow
    assert imbalance and bars and vpin and flow  # Settings.of fills them
    return DeriveParams(
        kline_intervals=intervals,
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


def window_of(start: Moment | None, end: Moment | None) -> Window | None:
    """The half-open window between two moments; None when neither is given."""
    if start is None and end is None:
        return None
    return Window(
        _moment(start, "start") if start is not None else _FIRST, _moment(end, "end") if end is not None else _LAST
    )


def _moment(value: Moment, name: str) -> datetime:
    if isinstance(value, str):
        try:
            value = datetime.fromisoformat(value)
        except ValueError:
            raise InvalidWindow(
                f"{name} {value[:40]!r} is not ISO 8601, as in 2024-07-18 or 2024-07-18T12:00Z"
            ) from None
    if not isinstance(value, datetime):
        return datetime.combine(value, time(), tzinfo=UTC)
    if value.tzinfo is None:
        return value.replace(tzinfo=UTC)  # the platform knows no other zone
    return value.astimezone(UTC) if value.utcoffset() != timedelta(0) else value.replace(tzinfo=UTC)
