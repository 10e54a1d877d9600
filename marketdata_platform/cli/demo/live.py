"""`marketdata demo`: the simulated exchange live, three gatherers, one killed; then landing,
repair, bars and archive.

Belongs here: the order of the acts, and what is shown meanwhile. Does not: the closing table
(demo_live_report).
"""

from __future__ import annotations

import json
import shutil
import time
from collections.abc import Callable
from pathlib import Path

from rich.console import Group
from rich.live import Live
from rich.table import Table
from rich.text import Text

from marketdata_platform.cli.commands.backfill import run_with_bars
from marketdata_platform.cli.demo.gatherer_processes import GathererProcesses
from marketdata_platform.cli.demo.live_report import print_live_report
from marketdata_platform.cli.screen.screen import console, count, table
from marketdata_platform.core.errors import InvalidInput, MarketDataError
from marketdata_platform.core.instrument import Instrument
from marketdata_platform.definitions import build_definitions
from marketdata_platform.defs import launch
from marketdata_platform.platform import Platform, open_with
from marketdata_platform.platform.use_cases.land import land
from marketdata_platform.platform.use_cases.repair import repair
from marketdata_platform.settings import Settings, load_settings
from marketdata_platform.settings.live import EndpointSection
from marketdata_platform.simulator.markets.ledger import Ledger
from marketdata_platform.simulator.server.exchange import ExchangeConfig, SimulatedExchange
from marketdata_platform.simulator.server.stream_faults import NO_STREAM_FAULTS, StreamFaults

INSTRUMENTS = {
    "binance:spot:BTCUSDT": ("trades", "quotes", "book_deltas", "book_snapshots"),
    "binance:futures:ETHUSDT": (
        "trades",
        "book_deltas",
        "book_snapshots",
        "funding_rates",
        "index_prices",
    ),
    "deribit:perpetual:BTC-PERPETUAL": ("trades", "book_deltas", "book_snapshots"),
}
FAULTS = StreamFaults(
    drop=0.01,
    duplicate=0.01,
    reorder=0.005,
    corrupt=0.001,
    stall=25.0,
    stall_seconds=1.5,
    disconnect=12.0,
    rest_429=0.05,
    handshake_429=0.05,
    drop_everywhere=0.0005,
)
_MARK = "demo.json"
_OURS = ("archive", "charts", "dagster", "data", "inbox", "journals", "logs", "metrics")
_LAND_SECONDS = 2.0
_DRAW_SECONDS = 0.25


def demo_live(seconds: float, rate: float, seed: int | None, clean: bool) -> int:
    """Run the acts one after the other; exit status 0 when the store equals the exchange's
    truth.
    """
    started = time.perf_counter()
    settings = load_settings()
    _start_afresh(settings)
    faults = NO_STREAM_FAULTS if clean else FAULTS
    exchange = SimulatedExchange(
        ExchangeConfig(tuple(INSTRUMENTS), seed=seed, rate=rate, faults=faults)
    )
    console.print(
        f"[bold]marketdata demo[/]  the simulated exchange, {len(INSTRUMENTS)} instruments, "
        f"{len(settings.gatherers)} gatherers, {seconds:g} s, in {settings.root}",
        soft_wrap=True,
    )
    with exchange:
        settings = _pointed_at(settings, exchange)
        config = _config_file(settings, exchange)
        platform = open_with(settings)
        try:
            with GathererProcesses(settings.root, config, list(settings.gatherers)) as gatherers:
                _record(platform, gatherers, seconds, kill=not clean)
                truth = _last_words(exchange)
            _land_and_repair(platform)
        finally:
            platform.store.close()
        runs = _derive(platform)
        failures = [line for run in runs for line in run.failures]
        if failures:
            raise MarketDataError("the demo's runs failed: " + "; ".join(failures[:3]))
        return print_live_report(platform, truth, gatherers.killed, time.perf_counter() - started)


def _start_afresh(settings: Settings) -> None:
    """The exchange begins its ids anew each time, so an earlier demo's root is emptied; any other
    is left alone.

    Raises:
        InvalidInput: the root holds data that are not an earlier demo's.
    """
    root, mark = settings.root, settings.root / _MARK
    held = [name for name in _OURS if (root / name).exists() and any((root / name).iterdir())]
    if held and not mark.exists():
        raise InvalidInput(
            f"{root} holds data ({', '.join(held)}), and the demo's must not mix with them: "
            "give the demo a root of its own, as in `marketdata demo --root demo`"
        )
    if mark.exists() and (settings.store.url is not None or settings.archive.url is not None):
        raise InvalidInput(
            "an earlier demo is in this store or archive: give it an empty database and prefix"
        )
    for name in held:
        shutil.rmtree(root / name)
    root.mkdir(parents=True, exist_ok=True)
    mark.write_text(json.dumps({"simulated": list(INSTRUMENTS)}) + "\n")


def _pointed_at(settings: Settings, exchange: SimulatedExchange) -> Settings:
    """The same settings, with the simulated exchange as every venue."""
    capture = settings.capture.model_copy(
        update={"instruments": dict(INSTRUMENTS), "segment_seconds": 10.0}
    )
    endpoints = {
        place: EndpointSection(**addresses) for place, addresses in exchange.endpoints().items()
    }
    return settings.model_copy(update={"capture": capture, "endpoints": endpoints})


def _config_file(settings: Settings, exchange: SimulatedExchange) -> Path:
    """What the gatherers' processes read."""
    lines = ["[capture]", "segment_seconds = 10.0", "[capture.instruments]"]
    lines += [
        f"{json.dumps(name)} = {json.dumps(datasets)}" for name, datasets in INSTRUMENTS.items()
    ]
    for place, addresses in exchange.endpoints().items():
        lines += [
            f"[endpoints.{json.dumps(place)}]",
            *(f"{k} = {json.dumps(v)}" for k, v in addresses.items()),
        ]
    lines += [f"[gatherers.{name}]" for name in settings.gatherers]
    path = settings.root / "demo.toml"
    path.write_text("\n".join(lines) + "\n")
    return path


def _record(
    platform: Platform,
    gatherers: GathererProcesses,
    seconds: float,
    *,
    kill: bool,
) -> None:
    """Let the gatherers record, land meanwhile, kill one after a third of the time."""
    names = list(platform.settings.gatherers)
    with console.status("gatherers connect…"):
        for name in names:
            gatherers.wait_capturing(name)
    warning = f"{names[-1]} will be killed on the way" if kill else ""
    began = next_landing = time.monotonic()
    landed = 0
    with Live(console=console, refresh_per_second=4, transient=True) as live:
        while (passed := time.monotonic() - began) < seconds:
            if kill and passed > seconds / 3:
                kill, warning = False, _kill(gatherers, names[-1])
            if time.monotonic() >= next_landing:
                result = land(platform)
                landed += result.inserted
                next_landing = time.monotonic() + _LAND_SECONDS
            live.update(_picture(gatherers, names, passed, seconds, landed, warning))
            time.sleep(_DRAW_SECONDS)
    if warning:
        console.print(f"  {warning}", style="dim")
    console.print(f"  recorded {seconds:g} s; {count(landed)} rows landed meanwhile", style="dim")


def _kill(gatherers: GathererProcesses, name: str) -> str:
    gatherers.kill(name)
    gatherers.start(name)
    return (
        f"{name} was killed (SIGKILL) and started again: capturing after "
        f"{gatherers.wait_capturing(name):.1f} s"
    )


def _picture(
    gatherers: GathererProcesses,
    names: list[str],
    passed: float,
    seconds: float,
    landed: int,
    warning: str,
) -> Group:
    shown: Table = table(
        "", "gatherer", "state", "messages/s", "frames", "MiB", "breaks", "cuts", left=2
    )
    for name in names:
        status = gatherers.status(name)
        if status is None:
            continue
        rate = sum(stream.messages_per_second for stream in status.streams)
        cuts = sum(one.disconnects for one in status.connections)
        breaks = sum(stream.gaps for stream in status.streams)
        size = f"{status.bytes / 2**20:.1f}"
        shown.add_row(
            name,
            status.state,
            count(round(rate)),
            count(status.frames),
            size,
            count(breaks),
            count(cuts),
        )
    done = int(32 * min(passed / seconds, 1.0))
    bar = Text.assemble(
        ("━" * done, "green"), ("━" * (32 - done), "dim"), f" {passed:.0f}/{seconds:g} s, "
    )
    bar.append(f"{count(landed)} rows landed")
    return Group(shown, bar, Text(warning, style="dim"))


def _last_words(exchange: SimulatedExchange) -> Ledger:
    """Stop the markets, let what is under way arrive, and ask what was true."""
    exchange.set_faults(NO_STREAM_FAULTS)
    exchange.halt()
    time.sleep(1.0)
    return exchange.ledger()


def _land_and_repair(platform: Platform) -> None:
    with console.status("landing the rest, repairing what nobody heard…"):
        _until_done(lambda: land(platform).frames == 0)
        repaired = repair(platform)
    fates = {
        status: sum(1 for one in repaired if one.gap.status == status)
        for status in ("repaired", "irreparable")
    }
    console.print(
        f"  gap ledger: {len(repaired)} looked at, {fates['repaired']} repaired, "
        f"{fates['irreparable']} irreparable",
        style="dim",
    )


def _until_done(step: Callable[[], bool]) -> None:
    for _ in range(10):
        if step():
            return


def _derive(platform: Platform) -> list[launch.BackfillRun]:
    """Bars, order flow and archive, by the same Dagster assets as ever."""
    instruments = [Instrument.parse(name) for name in INSTRUMENTS]
    days = sorted(
        {day.day for one in instruments for day in platform.store.coverage("trades", one)}
    )
    definitions = build_definitions()
    return run_with_bars(
        definitions, platform, launch.chosen_assets(definitions, ("all",)), instruments, days
    )
