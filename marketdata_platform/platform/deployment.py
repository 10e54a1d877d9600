"""`Platform`: one deployment, and the reading of every dataset.

Belongs here: reading, importing, deriving with the deployment's store and settings. Does not: the
use cases of a running deployment (use_cases), its gatherers (gatherers).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from datetime import UTC, date, datetime
from decimal import Decimal
from functools import partial
from pathlib import Path
from typing import Any

import polars as pl

from marketdata_platform.charts.data import ChartData
from marketdata_platform.core.datasets import IMPORTS, dataset_named
from marketdata_platform.core.datasets.derived.klines import KlineChoices
from marketdata_platform.core.errors import InvalidInput
from marketdata_platform.core.instrument import GATHERERS, Instrument
from marketdata_platform.core.series_start import SeriesStart
from marketdata_platform.core.window import Moment, Window, window_between
from marketdata_platform.history import Caps, TradeFile, open_file
from marketdata_platform.observe.metrics_recorder import MetricsRecorder
from marketdata_platform.platform.adapters import open_archive, open_store
from marketdata_platform.platform.chart_rows import chart_data
from marketdata_platform.platform.inbox import files_claiming
from marketdata_platform.platform.watching.instrumented_store import (
    InstrumentedStore,
    instrumented_archive,
)
from marketdata_platform.settings import Settings, load_settings
from marketdata_platform.stores.frames import rows_lazily, rows_now
from marketdata_platform.workflows.bookkeeping.day_frame import frame_of_day
from marketdata_platform.workflows.bookkeeping.record import Record, open_record
from marketdata_platform.workflows.deriving.derivation import Derivation, derivations
from marketdata_platform.workflows.deriving.derive import DerivedDay, Progress, derive
from marketdata_platform.workflows.deriving.klines import read_klines
from marketdata_platform.workflows.deriving.series_start import series_start
from marketdata_platform.workflows.files.import_files import (
    ImportProgress,
    ImportResult,
    import_file,
)
from marketdata_platform.workflows.ports import Archive, QueryableStore

_Source = Callable[[str, Instrument, Window | None], pl.LazyFrame]
_ONE = Decimal(1)
_NOT_TRADED_YET = SeriesStart(_ONE, _ONE, _ONE)


class Platform:
    """One deployment: its settings, store and archive, and the reading of every dataset."""

    def __init__(self, settings: Settings, store: QueryableStore, archive: Archive) -> None:
        self.settings = settings
        self.store = store
        self.archive = archive

    @property
    def root(self) -> Path:
        """The folder that holds data, archive, inbox, charts and Dagster's state."""
        return self.settings.root

    def instruments(self) -> list[Instrument]:
        """Every instrument that the store holds."""
        return [one for one in self.store.instruments() if one.venue != GATHERERS]

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
            instrument: `venue:market:symbol`; with a list the result starts with a column
                `instrument`.
            start: UTC moment, day or ISO 8601 text; None reads from the first row.
            end: likewise, exclusive; None reads to the last row.
            columns: the columns wanted; None reads all.
            interval: for datasets with an interval: only that one. Klines of an interval that is
                not stored are rolled up from the stored ones, those below a minute are made from
                the trades.

        Raises:
            UnknownDataset, InvalidInstrument, InvalidWindow: the argument and what is allowed.
        """
        return self._frames(
            partial(rows_now, self.store), dataset, instrument, start, end, columns, interval
        ).collect()

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
        """The same as `read`, lazy: batches are read as the query needs them, only the columns that
        it uses.
        """
        return self._frames(
            partial(rows_lazily, self.store), dataset, instrument, start, end, columns, interval
        )

    def _frames(
        self,
        source: _Source,
        dataset: str,
        instrument: str | Instrument | Sequence[str | Instrument],
        start: Moment | None,
        end: Moment | None,
        columns: Sequence[str] | None,
        interval: str | None,
    ) -> pl.LazyFrame:
        several = not isinstance(instrument, str | Instrument)
        named: Iterable[str | Instrument] = instrument if several else [instrument]  # type: ignore[list-item,assignment]
        wanted = [i if isinstance(i, Instrument) else Instrument.parse(i) for i in named]
        if not wanted:
            raise InvalidInput("no instrument is given: name one, or a list of them")
        window = window_between(start, end)
        frames = [self._frame(source, dataset, one, window, columns, interval) for one in wanted]
        if several:
            names = [pl.lit(str(one)).alias("instrument") for one in wanted]
            frames = [f.select(n, pl.all()) for f, n in zip(frames, names, strict=True)]
        return pl.concat(frames)

    def _frame(
        self,
        source: _Source,
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
            raise InvalidInput(
                f"{dataset} has no column {unknown[0]!r}; it has "
                f"{', '.join(kind.arrow_schema.names)}"
            )
        if interval is None:
            return source(dataset, instrument, window).select(wanted)
        if "interval" not in kind.arrow_schema.names:
            raise InvalidInput(f"{dataset} has no interval")
        if dataset == "bar__kline":
            frame = read_klines(
                self.store,
                instrument,
                window,
                interval,
                self.settings.chosen(KlineChoices).intervals,
            )
            return frame.lazy().select(wanted)
        return (
            source(dataset, instrument, window)
            .filter(pl.col("interval") == interval)
            .select(wanted)
        )

    def import_file(
        self,
        path: Path | str,
        instrument: str | Instrument,
        *,
        format: str | None = None,
        allow_bad_checksum: bool = False,
        progress: Callable[[ImportProgress], None] | None = None,
    ) -> ImportResult:
        """Import one file of trades; importing it again, or one that overlaps, adds nothing twice.

        Raises:
            InvalidInput, MixedGranularity: what is wrong with the file, or with it here; what to
                do.
        """
        one = instrument if isinstance(instrument, Instrument) else Instrument.parse(instrument)
        source = self._open(Path(path), one, format=format, allow_bad_checksum=allow_bad_checksum)
        return import_file(self.store, source, now=_now, progress=progress)

    def land_inbox(self, instrument: Instrument, days: Iterable[date]) -> list[ImportResult]:
        """Import the files of `inbox/…` that may hold trades of `days`; those imported before are
        left alone.
        """
        return [
            import_file(self.store, source, now=_now)
            for source, _ in self.unlanded(instrument, days)
        ]

    def unlanded(
        self, instrument: Instrument, days: Iterable[date]
    ) -> list[tuple[TradeFile, Window | None]]:
        """Files of the inbox that were not imported yet and may hold trades of `days`, with the
        stretch they claim.
        """
        known = set(self.read(IMPORTS.name, instrument, columns=["sha256"])["sha256"])
        found = []
        for path, claimed in files_claiming(self.inbox_of(instrument), days):
            source = self._open(path, instrument)
            if source.sha256 not in known:
                found.append((source, claimed))
        return found

    def inbox_of(self, instrument: Instrument) -> Path:
        """`<root>/inbox/<venue>/<market>/<symbol>`."""
        return self.root / "inbox" / instrument.venue / instrument.market / instrument.path_symbol

    def _open(self, path: Path, instrument: Instrument, **options: Any) -> TradeFile:
        imports = self.settings.imports
        caps = Caps(max_bytes=imports.max_decompressed_bytes, max_ratio=imports.max_ratio)
        return open_file(path, instrument, caps=caps, **options)

    def read_day(self, dataset: str, instrument: Instrument, day: date) -> pl.DataFrame:
        """All rows of one UTC day."""
        return frame_of_day(self.store, dataset, instrument, day)

    def record(self, instrument: Instrument) -> Record:
        """What the store's bookkeeping knows of the instrument's trades."""
        return open_record(self.store, instrument)

    def store_bytes(self, instrument: Instrument) -> int:
        """Size of the instrument's store on disk, all datasets together."""
        return self.store.stored_bytes(instrument)

    def chart_data(
        self, instrument: Instrument, first: date, last: date, interval: str = "1m"
    ) -> ChartData:
        """Everything that a chart of the UTC days `first` to `last` shows."""
        return chart_data(self.read, instrument, first, last, interval)

    def derivations(self, instrument: Instrument) -> dict[str, Derivation]:
        """Every derived dataset of the instrument with the parameters that hold for it."""
        start = series_start(self.store, instrument) or _NOT_TRADED_YET
        return derivations(self.settings.derive_params(instrument, start))

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
            chosen = (
                made
                if datasets is None
                else {name: made[dataset_named(name).name] for name in datasets}
            )
            return derive(self.store, instrument, chosen, days, force=force, progress=progress)


def open(root: Path | str | None = None) -> Platform:
    """The platform that marketdata.toml and the environment describe, at `root` when it is given.

    Raises:
        ConfigurationError: when they are not valid; nothing is opened then.
    """
    return open_with(load_settings(root))


def open_with(settings: Settings) -> Platform:
    """The platform of given settings."""
    recorder = MetricsRecorder(settings.root)
    return Platform(
        settings,
        InstrumentedStore(open_store(settings), recorder),
        instrumented_archive(open_archive(settings), recorder),
    )


def _now() -> datetime:
    return datetime.now(UTC)
