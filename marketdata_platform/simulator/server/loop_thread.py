"""An event loop in a thread of its own, and asking things of it from other threads.

Belongs here: starting, stopping, calling. Does not: what runs in it (exchange).
"""

from __future__ import annotations

import asyncio
import contextlib
import threading
from collections.abc import Callable, Coroutine
from concurrent.futures import Future
from typing import Any, TypeVar

from marketdata_platform.core.errors import ConfigurationError, InvalidInput, MarketDataError

T = TypeVar("T")
_START_SECONDS, _ANSWER_SECONDS, _END_SECONDS = 60, 120, 10


class LoopThread:
    """Runs `serve(ready, stop)`: it calls `ready` once it serves, and ends when `stop` is set."""

    def __init__(
        self,
        name: str,
        serve: Callable[[Callable[[], None], asyncio.Event], Coroutine[Any, Any, None]],
    ) -> None:
        self._serve = serve
        self._thread = threading.Thread(target=self._run, name=name, daemon=True)
        self._ready: Future[None] = Future()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._stop: asyncio.Event | None = None
        self._ended = False

    def start(self) -> None:
        """Run it; returns once it serves.

        Raises:
            OSError: it cannot serve, for example because its port is taken.
        """
        self._thread.start()
        self._ready.result(timeout=_START_SECONDS)

    def stop(self) -> None:
        """End it; a second time, or before it was started, this does nothing.

        Raises:
            MarketDataError: it broke down while it ran.
        """
        if self._loop is None or self._stop is None:
            return
        with contextlib.suppress(RuntimeError):  # it has ended already
            self._loop.call_soon_threadsafe(self._stop.set)
        self._thread.join(timeout=_END_SECONDS)
        if not self._ended and not self._thread.is_alive():
            raise MarketDataError(
                "the simulated exchange broke down while it ran: its traceback is above"
            )

    def _run(self) -> None:
        try:
            asyncio.run(self._main())
        except OSError as error:
            if not self._ready.done():
                self._ready.set_exception(error)

    async def _main(self) -> None:
        self._loop, self._stop = asyncio.get_running_loop(), asyncio.Event()
        await self._serve(lambda: self._ready.set_result(None), self._stop)
        self._ended = True

    def call(self, ask: Callable[[], T]) -> T:
        """Run `ask` in the thread, between two of its steps; here, where it does not run (yet, or
        any more).
        """
        if self._loop is None or not self._thread.is_alive():
            return ask()
        answer: Future[T] = Future()

        def run() -> None:
            try:
                answer.set_result(ask())
            except (InvalidInput, ConfigurationError) as error:
                answer.set_exception(error)

        self._loop.call_soon_threadsafe(run)
        return answer.result(timeout=_ANSWER_SECONDS)
