"""Commands run in this process, as the terminal would run them: exit status, output and errors."""

from __future__ import annotations

import contextlib
import io
from dataclasses import dataclass

import pytest
from rich.console import Console

from marketdata_platform.cli import main
from marketdata_platform.cli.screen.screen import console, errors

WIDTH = 80


@dataclass(frozen=True)
class Ran:
    """What a command left: its exit status and what it printed."""

    status: int
    out: str
    err: str


class Terminal:
    """A terminal 80 columns wide on one root."""

    def __init__(self, patch: pytest.MonkeyPatch, root: object) -> None:
        self._patch, self.root = patch, root

    def run(self, *words: object, root: str = "first") -> Ran:
        """`marketdata --root ROOT WORDS…`; the root `last`, or `left out`."""
        tokens = [str(word) for word in words]
        at_root = ["--root", str(self.root)]
        line = {"first": at_root + tokens, "last": tokens + at_root, "left out": tokens}[root]
        self._patch.setattr("sys.argv", ["marketdata", *line])
        out, err = io.StringIO(), io.StringIO()
        with (
            _into(console, out),
            _into(errors, err),
            contextlib.redirect_stdout(out),
            contextlib.redirect_stderr(err),
        ):
            try:
                main()
                status = 0
            except SystemExit as ended:
                status = int(ended.code or 0)
        return Ran(status, out.getvalue(), err.getvalue())


@contextlib.contextmanager
def _into(shown: Console, file: io.StringIO) -> object:
    before, width = shown._file, shown._width
    shown._file, shown._width = file, WIDTH
    try:
        yield
    finally:
        shown._file, shown._width = before, width
