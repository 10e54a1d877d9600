"""The simulated exchange in a process of its own, so that its work is not that of whoever measures
or tests beside it.

Belongs here: asking it from outside. Does not: what it does (exchange).
"""

from __future__ import annotations

import contextlib
import multiprocessing
import signal
from multiprocessing.connection import Connection
from typing import Any

from marketdata_platform.core.errors import MarketDataError
from marketdata_platform.simulator.markets.ledger import Ledger
from marketdata_platform.simulator.server.exchange import ExchangeConfig, SimulatedExchange
from marketdata_platform.simulator.server.stream_faults import StreamFaults

_START_SECONDS, _ANSWER_SECONDS, _END_SECONDS = 60.0, 120.0, 15.0


class ExchangeProcess:
    """As `SimulatedExchange`: a context manager with the same verbs, answered by another
    process.
    """

    def __init__(self, config: ExchangeConfig | None = None) -> None:
        self.config = config or ExchangeConfig()
        spawn = multiprocessing.get_context("spawn")
        self._pipe, theirs = spawn.Pipe()
        self._process = spawn.Process(
            target=_serve, args=(self.config, theirs), name="simulated-exchange", daemon=True
        )
        self._theirs = theirs
        self._endpoints: dict[str, dict[str, str]] = {}

    def __enter__(self) -> ExchangeProcess:
        self._process.start()
        self._theirs.close()
        self._endpoints = self._answer(_START_SECONDS)
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """End it."""
        if self._process.is_alive():
            with contextlib.suppress(OSError):  # it is ending already
                self._pipe.send(("close", ()))
            self._process.join(_END_SECONDS)
            if self._process.is_alive():
                self._process.kill()
        self._pipe.close()

    @property
    def pid(self) -> int | None:
        """The process."""
        return self._process.pid

    def endpoints(self) -> dict[str, dict[str, str]]:
        """Addresses by `venue:market`."""
        return self._endpoints

    def set_faults(self, faults: StreamFaults) -> None:
        """Other faults from now on, for every connection."""
        self._ask("set_faults", faults)

    def disconnect_all(self, *, politely: bool = False) -> int:
        """Cut every WebSocket connection now; how many there were."""
        return int(self._ask("_disconnect", politely))

    def delist(self, symbol: str) -> None:
        """An instrument is no more."""
        self._ask("delist", symbol)

    def refuse_connections(self, seconds: float) -> None:
        """Nobody listens for a while."""
        self._ask("refuse_connections", seconds)

    def halt(self) -> None:
        """No more happens on the markets; connections and REST go on."""
        self._ask("halt")

    def ledger(self) -> Ledger:
        """What really happened, up to now."""
        ledger: Ledger = self._ask("ledger")
        return ledger

    def _ask(self, name: str, *arguments: Any) -> Any:
        self._pipe.send((name, arguments))
        return self._answer(_ANSWER_SECONDS)

    def _answer(self, seconds: float) -> Any:
        if not self._pipe.poll(seconds):
            raise TimeoutError(
                f"the simulated exchange (PID {self.pid}) did not answer in {seconds:g} s"
            )
        answer = self._pipe.recv()
        if isinstance(answer, BaseException):
            raise answer
        return answer


_VERBS = ("set_faults", "delist", "refuse_connections", "halt", "ledger")


def _serve(config: ExchangeConfig, pipe: Connection) -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is the owner's
    try:
        with SimulatedExchange(config) as exchange:
            pipe.send(exchange.endpoints())
            while True:
                name, arguments = pipe.recv()
                if name == "close":
                    return
                pipe.send(_done(exchange, name, arguments))
    except (OSError, EOFError, MarketDataError) as error:
        if not isinstance(error, EOFError):
            pipe.send(error)


def _done(exchange: SimulatedExchange, name: str, arguments: tuple[Any, ...]) -> Any:
    try:
        if name == "_disconnect":
            return exchange.disconnect_all(politely=arguments[0])
        return getattr(exchange, name)(*arguments) if name in _VERBS else None
    except MarketDataError as error:
        return error
