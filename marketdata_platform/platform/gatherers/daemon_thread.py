"""A blocking call beside an event loop, given up after a while: a disk that hangs must not hold the
end of a process.

Belongs here: `in_thread`. Does not: work that must be done (asyncio.to_thread, which an ending loop
waits for).
"""

from __future__ import annotations

import asyncio
import contextlib
import threading
from collections.abc import Callable
from typing import TypeVar

T = TypeVar("T")


async def in_thread(call: Callable[[], T], timeout_seconds: float) -> T:
    """What `call` returns or raises in a thread of its own.

    Raises:
        TimeoutError: it takes longer; the thread goes on, but holds nobody.
    """
    loop = asyncio.get_running_loop()
    future: asyncio.Future[T] = loop.create_future()

    def done(result: T | None, error: BaseException | None) -> None:
        if future.done():
            return
        if error is not None:
            future.set_exception(error)
        else:
            future.set_result(result)  # type: ignore[arg-type]

    def run() -> None:
        result, error = None, None
        try:
            result = call()
        except BaseException as caught:  # noqa: BLE001 - handed to who waits
            error = caught
        with contextlib.suppress(RuntimeError):  # the loop has ended meanwhile
            loop.call_soon_threadsafe(done, result, error)

    threading.Thread(target=run, name="marketdata-blocking", daemon=True).start()
    async with asyncio.timeout(timeout_seconds):
        return await future
