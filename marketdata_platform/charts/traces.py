"""The HTML chart's figure as Plotly's JSON, without Plotly's (slow) Python objects; its layout is
in layout.py.

Series that follow the view (candles, volume, CVD) are empty here; the page fills them from the
packed candles.
"""

from __future__ import annotations

import base64
from typing import Any

import numpy as np
from numpy.typing import NDArray

from marketdata_platform.charts import theme
from marketdata_platform.charts.candles import Candles
from marketdata_platform.charts.data import (
    Boxes,
    ChartData,
    Floats,
    bar_ends,
    bucket_shares,
    gap_boxes,
    vpin_line,
    zone_boxes,
)
from marketdata_platform.charts.layout import CONFIG, Json, layout
from marketdata_platform.charts.profile import ValueArea, profile_bars, value_areas

MAX_GAPS = 60
MAX_ZONES = 12
_CANDLES: Json = {
    "type": "candlestick",
    "name": "price",
    "showlegend": False,
    "whiskerwidth": 0,
    "increasing": {"line": {"color": theme.UP, "width": 1}, "fillcolor": theme.UP},
    "decreasing": {"line": {"color": theme.DOWN, "width": 1}, "fillcolor": theme.DOWN},
}


def packed(values: NDArray[Any], kind: str = "f8") -> Json:
    """An array in Plotly's binary form, `f8` or `f4`, little-endian."""
    return {"dtype": kind, "bdata": base64.b64encode(values.astype(f"<{kind}").tobytes()).decode()}


def packed_candles(drawn: Candles) -> Json:
    """All candles for the page: time and prices with 64 bits, volumes with 32."""
    exact = {
        name: packed(getattr(drawn, name)) for name in ("open", "high", "low", "close", "vwap")
    }
    rough = {
        name: packed(getattr(drawn, name), "f4") for name in ("buy", "sell", "unsigned", "cvd")
    }
    return {"step": drawn.step_ms, "columns": {"time": packed(drawn.time_ms), **exact, **rough}}


def figure(data: ChartData, drawn: Candles) -> tuple[Json, int, int]:
    """Plotly's figure with the places of the live series in `roles`, and how many gaps and zones
    are in it.
    """
    shades, gaps, zones = _boxes(data)
    live = _live_traces(drawn)
    roles = {role: len(shades) + number for number, role in enumerate(live)}
    others = [*_levels(data), *_bar_markers(data), *_profile(data), *_vpin(data)]
    whole = {
        "data": [*shades, *live.values(), *others],
        "layout": layout(data),
        "config": CONFIG,
        "roles": roles,
    }
    return whole, gaps, zones


def _boxes(data: ChartData) -> tuple[list[Json], int, int]:
    """Traces of gaps and zones, and how many of each they hold."""
    traces: list[Json] = []
    gaps = zones = 0
    if data.gaps.height:
        for direction, colour in (("bullish", theme.UP), ("bearish", theme.DOWN)):
            boxes, _ = gap_boxes(data, direction, MAX_GAPS)
            gaps += len(boxes)
            traces += _shaded(boxes, colour, f"{direction} gap")
    if data.zones.height:
        for kind, colour in (("demand", theme.DEMAND), ("supply", theme.SUPPLY)):
            boxes, _ = zone_boxes(data, kind, MAX_ZONES)
            zones += len(boxes)
            traces += _shaded(boxes, colour, f"{kind} zone")
    return traces, gaps, zones


def _live_traces(drawn: Candles) -> dict[str, Json]:
    """By their role in the page's script; the order is that of drawing."""
    vwap = {**_line("VWAP since start", theme.VWAP, "y", "%{y:,.8~f}"), "showlegend": True}
    traces = {"candles": _CANDLES, "vwap": vwap, "buy": _volume("buy", theme.UP)}
    traces["sell"] = _volume("sell", theme.DOWN)
    if len(drawn) and float(drawn.unsigned.max()) > 0:
        traces["unsigned"] = _volume("unsigned", theme.NEUTRAL)
    if np.isfinite(drawn.cvd).any():
        traces["cvd"] = _filled_line("CVD", theme.CVD, "y3", "%{y:,.4~f}")
    return traces


def _volume(role: str, colour: str) -> Json:
    return {
        "type": "bar",
        "name": f"{role} volume",
        "yaxis": "y2",
        "showlegend": False,
        "marker": {"color": colour, "line": {"width": 0}},
        "hovertemplate": "%{y:,.4~f}",
    }


def _line(name: str, colour: str, axis: str, hover: str) -> Json:
    return {
        "type": "scatter",
        "mode": "lines",
        "name": name,
        "yaxis": axis,
        "showlegend": False,
        "line": {"color": colour, "width": 1.6},
        "hovertemplate": hover,
    }


def _filled_line(name: str, colour: str, axis: str, hover: str) -> Json:
    return _line(name, colour, axis, hover) | {
        "fill": "tozeroy",
        "fillcolor": theme.transparent(colour, 0.13),
    }


def _shaded(boxes: Boxes, colour: str, name: str) -> list[Json]:
    """One trace for the live boxes and one for those of the past, sharing a place in the legend."""
    out: list[Json] = []
    for live, fill, edge in ((True, 0.2, 0.7), (False, 0.09, 0.22)):
        chosen = boxes.live == live
        if chosen.any():
            x, y = _outlines(boxes, chosen)
            trace = {
                "type": "scatter",
                "mode": "lines",
                "fill": "toself",
                "x": packed(x),
                "y": packed(y),
                "name": name,
                "legendgroup": name,
                "showlegend": not out,
                "hoverinfo": "skip",
                "line": {"color": theme.transparent(colour, edge), "width": 0.8},
                "fillcolor": theme.transparent(colour, fill),
            }
            out.append(trace)
    return out


def _outlines(boxes: Boxes, chosen: NDArray[np.bool_]) -> tuple[Floats, Floats]:
    """The corners of the chosen boxes one after another, with a break after each box."""
    start, end = boxes.start_ms[chosen], boxes.end_ms[chosen]
    lower, upper = boxes.lower[chosen], boxes.upper[chosen]
    gap = np.full(len(start), np.nan)
    x = np.column_stack((start, start, end, end, start, gap)).ravel()
    y = np.column_stack((lower, upper, upper, lower, lower, gap)).ravel()
    return x, y


def _levels(data: ChartData) -> list[Json]:
    areas = value_areas(data)
    if not areas:
        return []
    return [
        _level("POC", "solid", areas, [one.poc for one in areas]),
        _level("VAH", "dash", areas, [one.vah for one in areas]),
        _level("VAL", "dash", areas, [one.val for one in areas]),
    ]


def _level(name: str, dash: str, areas: list[ValueArea], levels: list[float]) -> Json:
    """A line over each session with a break after it; the last session's has the name."""
    nothing = np.full(len(areas), np.nan)
    starts, ends = [one.start_ms for one in areas], [one.end_ms for one in areas]
    return {
        "type": "scatter",
        "mode": "lines+text",
        "name": name,
        "x": packed(np.column_stack((starts, ends, nothing)).ravel()),
        "hoverinfo": "skip",
        "y": packed(np.column_stack((levels, levels, nothing)).ravel()),
        "showlegend": False,
        "text": [""] * (3 * len(areas) - 3) + [name, "", ""],
        "textposition": "top right",
        "textfont": {"color": theme.VALUE_AREA, "size": 10.5},
        "line": {"color": theme.VALUE_AREA, "width": 1.3, "dash": dash},
    }


def _bar_markers(data: ChartData) -> list[Json]:
    out = []
    crowded = data.imbalance_bars.height > 300
    for bullish, symbol, colour in (
        (True, "triangle-up", theme.UP),
        (False, "triangle-down", theme.DOWN),
    ):
        times, prices = bar_ends(data, bullish)
        if len(times):
            name = f"{'buy' if bullish else 'sell'} imbalance bar"
            marker = {
                "symbol": symbol,
                "size": 5 if crowded else 8,
                "color": colour,
                "line": {"color": theme.TEXT, "width": 0 if crowded else 0.8},
            }
            out.append(
                {
                    "type": "scatter",
                    "mode": "markers",
                    "name": name,
                    "x": packed(times),
                    "y": packed(prices),
                    "marker": marker,
                    "hovertemplate": "closed at %{y:,.8~f}",
                }
            )
    return out


def _profile(data: ChartData) -> list[Json]:
    bars = profile_bars(data)
    groups = (
        (bars.inside, theme.VALUE_AREA, "value area"),
        (~bars.inside, theme.PROFILE, "outside"),
    )
    return [
        {
            "type": "bar",
            "orientation": "h",
            "name": name,
            "xaxis": "x2",
            "yaxis": "y",
            "showlegend": False,
            "x": packed(bars.volumes[chosen]),
            "y": packed((bars.edges + bars.widths / 2)[chosen]),
            "width": packed(bars.widths[chosen] * 0.88),
            "marker": {"color": colour, "line": {"width": 0}},
            "opacity": 0.85,
            "hovertemplate": "%{y:,.8~f}: %{x:,.4~f}",
        }
        for chosen, colour, name in groups
        if chosen.any()
    ]


def _vpin(data: ChartData) -> list[Json]:
    """VPIN, over the buckets' own |Vb − Vs| / V: a series' first day has many buckets and one
    VPIN.
    """
    times, shares = bucket_shares(data)
    if not len(times):
        return []
    buckets = _filled_line("|Vb − Vs| / V", theme.VPIN, "y4", "%{y:.3f}")
    buckets["line"] |= {"shape": "hv", "width": 0.8}
    buckets["opacity"] = 0.45
    known, values = vpin_line(data)
    line = _filled_line("VPIN", theme.VPIN, "y4", "%{y:.3f}") | {
        "fill": "none",
        "mode": "lines+markers",
    }
    line["line"]["shape"] = "hv"
    line["marker"] = {"size": 6 if len(known) == 1 else 1, "color": theme.VPIN}
    traces = [buckets | {"x": packed(times), "y": packed(shares)}]
    return traces + ([line | {"x": packed(known), "y": packed(values)}] if len(known) else [])


__all__ = ["Json", "figure", "packed", "packed_candles"]
