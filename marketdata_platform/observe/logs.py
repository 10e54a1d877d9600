"""Structured logs of long-running commands, as console lines or JSON, with secrets taken out.

Belongs here: `configure_logs` for a command's start, `logger` for everybody. Does not: what a
secret looks like (redact.py). Nothing here loads Polars, Arrow or Numba: a gatherer starts with it.

A logger redacts before it hands an event on, and hands it on as a line of text: where nobody
configured anything (a notebook, Dagster's own logging) no secret gets out either.
"""

from __future__ import annotations

import logging
import sys
from typing import Any, Literal, TextIO

import structlog
from structlog.typing import EventDict, WrappedLogger

from marketdata_platform.observe.redact import redacted, redacted_field, redacted_text

_ROOT = "marketdata_platform"
_FIELDS = "marketdata_fields"
_LEVELS = {
    "debug": logging.DEBUG,
    "info": logging.INFO,
    "warning": logging.WARNING,
    "error": logging.ERROR,
}
# Control characters let a hostile symbol forge a second line, or drive a terminal.
_CONTROL = {
    code: f"\\x{code:02x}" for code in (*range(32), *range(127, 160)) if chr(code) not in "\t\n"
}
_ONE_LINE = _CONTROL | {ord("\n"): "\\n", 0x2028: "\\u2028", 0x2029: "\\u2029", 0x202E: "\\u202e"}


def configure_logs(
    format: Literal["console", "json"] = "console",
    level: str = "info",
    stream: TextIO | None = None,
) -> None:
    """Send logs of this process, those of libraries too, to `stream` (None: stderr); calling it
    again replaces it.

    `level` holds for our own loggers. Libraries are heard from `warning` on: their debug lines
    quote headers.
    """
    handler = logging.StreamHandler(stream if stream is not None else sys.stderr)
    handler.setFormatter(
        _Formatter(_json_renderer() if format == "json" else _console_renderer(handler.stream))
    )
    handler.set_name(_ROOT)
    root = logging.getLogger()
    for other in [h for h in root.handlers if h.get_name() == _ROOT]:
        root.removeHandler(other)
    root.addHandler(handler)
    root.setLevel(max(_LEVELS[level], logging.WARNING))
    logging.getLogger(_ROOT).setLevel(_LEVELS[level])


def logger(name: str) -> structlog.stdlib.BoundLogger:
    """A logger: `logger("capture").bind(gatherer="g1").info("connected", connection="3f9c2a")`."""
    full = name if name == _ROOT or name.startswith(f"{_ROOT}.") else f"{_ROOT}.{name}"
    made: structlog.stdlib.BoundLogger = structlog.wrap_logger(
        logging.getLogger(full),
        wrapper_class=structlog.stdlib.BoundLogger,
        processors=[
            structlog.stdlib.filter_by_level,
            structlog.contextvars.merge_contextvars,
            structlog.stdlib.PositionalArgumentsFormatter(),
            structlog.processors.format_exc_info,
            redact,
            _as_record,
        ],
    )
    return made


def redact(_: WrappedLogger, __: str, event: EventDict) -> EventDict:
    """The processor that hides secrets, and keeps each field on its line."""
    return {name: _on_its_line(name, redacted_field(name, value)) for name, value in event.items()}


def _on_its_line(name: str, value: Any) -> Any:
    return (
        value.translate(_CONTROL if name == "exception" else _ONE_LINE)
        if isinstance(value, str)
        else value
    )


def _as_record(_: WrappedLogger, __: str, event: EventDict) -> tuple[tuple[str], dict[str, Any]]:
    exception = event.get("exception")
    words = [
        str(event.get("event", "")),
        *(f"{k}={v!r}" for k, v in event.items() if k not in ("event", "exception")),
    ]
    text = " ".join(words) + (f"\n{exception}" if exception else "")
    return (text.replace("%", "%%"),), {"extra": {_FIELDS: dict(event)}}


class _Formatter(logging.Formatter):
    """One line per record: ours with its fields, a library's as its text, redacted here."""

    def __init__(self, renderer: Any) -> None:
        super().__init__()
        self._renderer = renderer

    def format(self, record: logging.LogRecord) -> str:
        fields = getattr(record, _FIELDS, None)
        if fields is None:
            fields = {"event": redacted_text(record.getMessage()).translate(_ONE_LINE)}
            if record.exc_info:
                fields["exception"] = redacted_text(
                    self.formatException(record.exc_info)
                ).translate(_CONTROL)
        event = {
            "timestamp": structlog.processors.TimeStamper(fmt="iso", utc=True)(None, "", {})[
                "timestamp"
            ],
            "level": record.levelname.lower(),
            "logger": record.name.removeprefix(f"{_ROOT}."),
            **{k: v for k, v in fields.items() if k not in ("timestamp", "level", "logger")},
        }
        return str(self._renderer(None, record.levelname.lower(), event))


def _json_renderer() -> structlog.processors.JSONRenderer:
    return structlog.processors.JSONRenderer(
        ensure_ascii=False, default=lambda value: str(redacted(value))
    )


def _console_renderer(stream: Any) -> structlog.dev.ConsoleRenderer:
    coloured = bool(getattr(stream, "isatty", lambda: False)())
    return structlog.dev.ConsoleRenderer(
        colors=coloured, exception_formatter=structlog.dev.plain_traceback, pad_event_to=0
    )
