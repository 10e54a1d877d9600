"""One self-contained HTML page: no network, ever (its own security policy forbids it).

Belongs here: assembling and escaping the page. Does not: the figure (traces.py) and the page's
script (page.html).
"""

from __future__ import annotations

import html
import json
import math
from importlib.resources import files
from pathlib import Path
from typing import Any

from marketdata_platform.charts import theme
from marketdata_platform.charts.candles import candles
from marketdata_platform.charts.data import ChartData
from marketdata_platform.charts.figures import date_range, key_figures, notes
from marketdata_platform.charts.traces import figure, packed_candles

_COLOURS = ("BACKGROUND", "PANEL", "GRID", "TEXT", "MUTED", "UP", "DOWN")


def render_html(data: ChartData, path: Path) -> None:
    """Write the interactive chart of `data` to `path`: about 5 MB, nearly all of it Plotly's
    script.

    Up to 20,000 candles are in the page as they are stored, more are merged evenly and the page
    says so. The script draws at most 1,500 at a time, so zooming stays smooth and close up every
    candle is seen.
    """
    from plotly.offline import get_plotlyjs

    drawn = candles(data)
    whole, gaps, zones = figure(data, drawn)
    tiles = "".join(
        f"<div><dt>{html.escape(item.label)}</dt><dd "
        f'class="{item.tone}">{html.escape(item.value)}</dd></div>'
        for item in key_figures(data)
    )
    when = f"{data.interval} · {date_range(data)}"
    parts = {
        "TITLE": html.escape(f"{data.instrument} {when}"),
        "NAME": html.escape(data.instrument),
        "WHEN": html.escape(when),
        "FIGURES": tiles,
        "NOTE": html.escape(notes(data, drawn, gaps, zones)),
        "FIGURE": script_json(whole),
        "CANDLES": script_json(packed_candles(drawn)),
        "PLOTLY": get_plotlyjs(),
        **{name: getattr(theme, name) for name in _COLOURS},
    }
    path.write_text(_filled(_template(), parts), encoding="utf-8")


def script_json(value: Any) -> str:
    """JSON that may stand inside a script element: no `<`, no line separators, no NaN."""
    text = json.dumps(
        _without_nan(value), separators=(",", ":"), allow_nan=False, ensure_ascii=True
    )
    return text.replace("<", "\\u003c")


def _without_nan(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _without_nan(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_without_nan(item) for item in value]
    return None if isinstance(value, float) and not math.isfinite(value) else value


def _template() -> str:
    return (files("marketdata_platform.charts") / "page.html").read_text(encoding="utf-8")


def _filled(template: str, parts: dict[str, str]) -> str:
    """The template with its `@NAME@` marks replaced, in one pass: what is put in is never searched
    again.
    """
    pieces = template.split("@")
    # Odd pieces that are names of parts stand between two marks; every other "@" is text of its
    # own.
    out, index = [pieces[0]], 1
    while index < len(pieces):
        if pieces[index] in parts and index + 1 < len(pieces):
            out += [parts[pieces[index]], pieces[index + 1]]
            index += 2
        else:
            out += ["@", pieces[index]]
            index += 1
    return "".join(out)
