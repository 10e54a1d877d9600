"""Signals that ask a process to end, inside an event loop.

Belongs here: taking them, and giving them back. Does not: what ending means (capture).
"""

from __future__ import annotations

import asyncio
import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

_ENDING = (signal.SIGTERM, signal.SIGINT)


@contextmanager
def ending_signals(end: Callable[[], None]) -> Iterator[None]:
    """Call `end` in the running loop for each SIGTERM and SIGINT, as long as the block lasts; a
    thread that is not the main one gets none.
    """
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    loop = asyncio.get_running_loop()
    before = {number: signal.getsignal(number) for number in _ENDING}
    for number in before:
        loop.add_signal_handler(number, end)
    try:
        yield
    finally:
        for number, handler in before.items():
            loop.remove_signal_handler(number)
            signal.signal(number, handler)
