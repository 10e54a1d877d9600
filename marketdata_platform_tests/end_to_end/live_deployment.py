"""A live deployment for proofs: a faulty exchange, gatherers as processes, a platform that lands
their journals.
"""

from __future__ import annotations

import json
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import polars as pl

from marketdata_platform.cli.demo.gatherer_processes import GathererProcesses
from marketdata_platform.core.instrument import Instrument
from marketdata_platform.journal import JournalReader
from marketdata_platform.journal.reading.batch import JournalBatch
from marketdata_platform.platform import Platform, open_with
from marketdata_platform.platform.use_cases.land import gaps_of, land, options_of, source_of
from marketdata_platform.settings import load_settings
from marketdata_platform.simulator.markets.ledger import Ledger
from marketdata_platform.simulator.server.exchange_process import ExchangeProcess
from marketdata_platform.stores.memory import MemoryStore
from marketdata_platform.workflows.landing.land import land as land_sources
from marketdata_platform_tests.stores.contract import NOW

SPOT, FUTURES = (
    Instrument("binance", "spot", "BTCUSDT"),
    Instrument("binance", "futures", "ETHUSDT"),
)
RECORDED = {
    str(SPOT): ("trades", "quotes", "book_deltas", "book_snapshots"),
    str(FUTURES): ("trades", "book_deltas", "book_snapshots"),
}
COMPARED = ("trade_id", "ts_event", "price", "quantity", "side")


@dataclass
class LiveDeployment:
    """One exchange, one platform, N gatherers."""

    exchange: ExchangeProcess
    platform: Platform
    gatherers: GathererProcesses
    names: tuple[str, ...]
    restarts: list[float] = field(default_factory=list)

    def wait_capturing(self) -> None:
        for name in self.names:
            self.gatherers.wait_capturing(name)

    def kill_and_restart(self, name: str) -> float:
        """SIGKILL, start again, and how long it took until every connection was up."""
        self.gatherers.kill(name)
        self.gatherers.start(name)
        self.restarts.append(self.gatherers.wait_capturing(name))
        return self.restarts[-1]

    def acknowledged(self) -> dict[Instrument, pl.DataFrame]:
        """The union of what is whole in the gatherers' journals, decoded by a landing of its
        own.
        """
        store = MemoryStore(clock=lambda: NOW)
        sources = [source_of(self.platform, name) for name in self.names]
        land_sources(store, sources, options_of(self.platform), now=lambda: NOW)
        return {who: frame_of(store, "trades", who) for who in (SPOT, FUTURES)}

    def land_all(self) -> None:
        while land(self.platform).frames:
            pass


@contextmanager
def live_deployment(
    root: Path, config, *, recorded=None, names=("g1", "g2", "g3"), extra: str = "", environ=None
):
    """A deployment on `root` while the block lasts; `config` is the exchange's, `extra` more of
    marketdata.toml.
    """
    recorded = recorded or RECORDED
    with ExchangeProcess(config) as exchange:
        lines = [extra, "[capture.instruments]"]
        lines += [
            f"{json.dumps(name)} = {json.dumps(datasets)}" for name, datasets in recorded.items()
        ]
        for place, addresses in exchange.endpoints().items():
            lines += [
                f"[endpoints.{json.dumps(place)}]",
                *(f"{k} = {json.dumps(v)}" for k, v in addresses.items()),
            ]
        lines += [f"[gatherers.{name}]" for name in names]
        path = root / "marketdata.toml"
        path.write_text("\n".join(lines) + "\n")
        platform = open_with(load_settings(root / "data", environ={"MARKETDATA_CONFIG": str(path)}))
        try:
            with GathererProcesses(root / "data", path, names, environ) as gatherers:
                yield LiveDeployment(exchange, platform, gatherers, names)
        finally:
            platform.store.close()


def frame_of(store, dataset: str, instrument: Instrument) -> pl.DataFrame:
    """All rows of a store."""
    from marketdata_platform.core.datasets import dataset_named

    empty = pl.DataFrame(pl.from_arrow(dataset_named(dataset).arrow_schema.empty_table()))
    return pl.concat(
        [empty, *(pl.DataFrame(pl.from_arrow(b)) for b in store.read(dataset, instrument))]
    )


def assert_exactly_once(live: LiveDeployment, truth: Ledger) -> None:
    """Everything acknowledged is in the store once, and nothing is there that did not happen."""
    acknowledged = live.acknowledged()
    for who in (SPOT, FUTURES):
        stored = live.platform.read("trades", who)
        assert stored["trade_id"].n_unique() == stored.height
        missing = acknowledged[who].join(stored, on=list(COMPARED), how="anti")
        assert missing.is_empty(), (
            f"{who}: acknowledged and not stored: {missing['trade_id'].to_list()[:10]}"
        )
        invented = stored.join(truth.trades(who), on=list(COMPARED), how="anti")
        assert invented.is_empty(), (
            f"{who}: stored and never happened: {invented['trade_id'].to_list()[:10]}"
        )


def assert_holes_are_in_the_ledger(live: LiveDeployment, truth: Ledger) -> None:
    """Every trade between the first and the last stored one that is not stored lies in a gap that
    is not closed.
    """
    for who in (SPOT, FUTURES):
        stored = set(live.platform.read("trades", who)["sequence"].to_list())
        gaps = [
            gap
            for gap in gaps_of(live.platform, who)
            if gap.dataset == "trades" and gap.status != "repaired"
        ]
        told = {
            n for gap in gaps for n in range(gap.first_missing or 0, (gap.last_missing or -1) + 1)
        }
        true = truth.trades(who)["sequence"].to_list()
        missing = {n for n in true if min(stored) < n < max(stored)} - stored
        assert missing <= told, (
            f"{who}: missing and not in the ledger: {sorted(missing - told)[:10]}"
        )
        assert not told & stored, f"{who}: in the ledger and stored: {sorted(told & stored)[:10]}"


def journal_holds(folder: Path, needle: bytes) -> bool:
    """True if any record of a journal, or any byte of its files, has these bytes in it."""
    plain = any(
        needle in step.data
        for step in JournalReader(folder).read_batches()
        if isinstance(step, JournalBatch)
    )
    return plain or any(needle in path.read_bytes() for path in folder.rglob("*") if path.is_file())
