"""Showing something that changes until `q`, Ctrl-C or a number of times.

Belongs here: the screen, the keyboard. Does not: what is shown.
"""

from __future__ import annotations

import contextlib
import select
import sys
import termios
import time
import tty
from collections.abc import Callable, Iterator

from rich.console import RenderableType
from rich.live import Live

from marketdata_platform.cli.screen.screen import console


def watch(
    render: Callable[[], RenderableType], every_seconds: float, times: int | None = None
) -> None:
    """Show `render()` again every so often: in place on a terminal, one below the other
    elsewhere.
    """
    shown = 0
    with _keyboard() as quits, contextlib.suppress(KeyboardInterrupt), _screen() as show:
        while True:
            show(render())
            shown += 1
            if (times is not None and shown >= times) or quits(every_seconds):
                return


@contextlib.contextmanager
def _screen() -> Iterator[Callable[[RenderableType], None]]:
    if not console.is_terminal:
        yield console.print
        return
    with Live(console=console, screen=True, auto_refresh=False) as live:
        yield lambda shown: live.update(shown, refresh=True)


@contextlib.contextmanager
def _keyboard() -> Iterator[Callable[[float], bool]]:
    """A function that waits so long, and says whether `q` was pressed meanwhile."""
    if not sys.stdin or not sys.stdin.isatty():
        yield _slept
        return
    descriptor = sys.stdin.fileno()
    before = termios.tcgetattr(descriptor)
    try:
        tty.setcbreak(descriptor)
        yield _pressed
    finally:
        termios.tcsetattr(descriptor, termios.TCSADRAIN, before)


def _slept(seconds: float) -> bool:
    time.sleep(seconds)
    return False


def _pressed(seconds: float) -> bool:
    ready, _, _ = select.select([sys.stdin], [], [], seconds)
    return bool(ready) and sys.stdin.read(1).lower() == "q"
