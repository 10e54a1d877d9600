"""`marketdata simulate`: the simulated exchange in the foreground, seeded or from recorded
frames.
"""

from __future__ import annotations

import signal
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

from cyclopts import Parameter

from marketdata_platform.cli.screen.screen import console, count
from marketdata_platform.cli.screen.simulate_recording import recording_of
from marketdata_platform.cli.screen.simulate_report import (
    print_ledger,
    require_writable,
    write_ledger,
)
from marketdata_platform.core.errors import ConfigurationError
from marketdata_platform.core.instrument import Instrument
from marketdata_platform.settings import load_settings
from marketdata_platform.simulator.markets.ledger import Ledger
from marketdata_platform.simulator.replay.replay import parse_speed
from marketdata_platform.simulator.server.configuration_text import configuration_text
from marketdata_platform.simulator.server.exchange import SimulatedExchange
from marketdata_platform.simulator.server.exchange_config import ExchangeConfig
from marketdata_platform.simulator.server.stream_faults import parse_faults
from marketdata_platform.simulator.venues.listing import LISTED

_AFTER_REPLAY_SECONDS = 5.0  # for those who still read, or ask for what they missed


def simulate(
    *,
    instrument: Annotated[
        list[str] | None,
        Parameter(help="venue:market:symbol to list, any symbol; may be given again", negative=()),
    ] = None,
    seed: Annotated[
        int | None, Parameter(help="Another history of the markets; none: the usual one")
    ] = None,
    rate: Annotated[float, Parameter(help="Trades per second of all instruments together")] = 200.0,
    speed: Annotated[
        str, Parameter(help="How fast the exchange's time goes: 1x, 10x; for --replay also max")
    ] = "1x",
    replay: Annotated[
        list[Path] | None,
        Parameter(
            help="Recorded frames instead of seeded markets: files, or a journal's folder",
            negative=(),
        ),
    ] = None,
    clients: Annotated[
        int, Parameter(help="Play recorded frames once so many clients have subscribed")
    ] = 1,
    faults: Annotated[
        str, Parameter(help="What goes wrong: drop=0.01,duplicate=2%,disconnect=30s,…")
    ] = "",
    port: Annotated[int, Parameter(help="Port on the loopback interface; 0: a free one")] = 0,
    seconds: Annotated[
        float | None, Parameter(help="End after so long; none: Ctrl-C ends it")
    ] = None,
    steady: Annotated[
        bool, Parameter(help="Trades come evenly, not in bursts: for measuring", negative=())
    ] = False,
    forget_books: Annotated[
        bool, Parameter(help="Keep no past states of books: for long runs", negative=())
    ] = False,
    truth: Annotated[
        Path | None, Parameter(help="Write all trades to this .parquet or .jsonl file at the end")
    ] = None,
) -> None:
    """Run the simulated exchange on loopback: it speaks the venues' WebSocket and REST protocols.

    It prints the part of marketdata.toml that lets gatherers record it, and at its end what really
    happened.
    """
    if truth is not None:
        require_writable(truth)
    factor = _speed(speed, replayed=bool(replay))
    named = tuple(instrument or ())
    config = ExchangeConfig(
        instruments=named or LISTED,
        seed=seed,
        rate=rate,
        speed=factor or 1.0,
        steady=steady,
        faults=parse_faults(faults),
        port=port,
        remember_books=not forget_books,
    )
    given = _parsed(named)
    recording = recording_of(replay, given, load_settings().root) if replay else None
    exchange = SimulatedExchange(
        config, recording=recording, replay_speed=factor, replay_clients=clients
    )
    happened = _run(exchange, given if recording else _parsed(config.instruments), seconds)
    _report(exchange, happened, truth)


def _speed(text: str, *, replayed: bool) -> float:
    factor = parse_speed(text)
    if not factor and not replayed:
        raise ConfigurationError(
            "--speed max is for --replay: seeded markets need a speed such as 10x"
        )
    return factor


def _parsed(names: Sequence[str]) -> list[Instrument]:
    return [Instrument.parse(name) for name in names]


def _report(exchange: SimulatedExchange, happened: Ledger, file: Path | None) -> None:
    print_ledger(happened)
    if exchange.replay is not None:
        console.print(f"{count(exchange.replay.sent)} recorded frames were played")
    if file is not None:
        written = write_ledger(happened, file)
        console.print(f"{count(written)} trades are in {file}", soft_wrap=True)


def _run(
    exchange: SimulatedExchange, listed: Sequence[Instrument], seconds: float | None
) -> Ledger:
    """Serve until the end, having said how to record it; what happened."""
    with exchange, _stopped() as stop:
        console.print(
            f"[bold]the simulated exchange[/] listens on 127.0.0.1:{exchange.port}; Ctrl-C ends "
            "it\n"
        )
        console.print(
            configuration_text(exchange.endpoints(), listed), markup=False, soft_wrap=True
        )
        _wait(exchange, stop, seconds)
        exchange.halt()
        return exchange.ledger()


def _wait(exchange: SimulatedExchange, stop: threading.Event, seconds: float | None) -> None:
    """Until a signal, the time given, or the end of the recording."""
    end = time.monotonic() + seconds if seconds is not None else None
    while not stop.wait(0.1):
        if end is not None and time.monotonic() >= end:
            return
        if end is None and exchange.replay is not None and exchange.replay.finished:
            end = time.monotonic() + _AFTER_REPLAY_SECONDS


@contextmanager
def _stopped() -> Iterator[threading.Event]:
    """An event that Ctrl-C and SIGTERM set: the ledger is reported at either."""
    event = threading.Event()
    if threading.current_thread() is not threading.main_thread():
        yield event
        return
    before = {
        number: signal.signal(number, lambda *_: event.set())
        for number in (signal.SIGINT, signal.SIGTERM)
    }
    try:
        yield event
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
