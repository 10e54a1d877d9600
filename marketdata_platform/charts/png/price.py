"""The price: candles, gaps and zones behind them, levels and the ends of imbalance bars."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from marketdata_platform.charts import theme
from marketdata_platform.charts.candles import Candles
from marketdata_platform.charts.data import (
    Boxes,
    ChartData,
    Floats,
    bar_ends,
    gap_boxes,
    zone_boxes,
)
from marketdata_platform.charts.png.axes import DAY_MS, days
from marketdata_platform.charts.profile import ValueArea, value_areas

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_GAPS = 30
_ZONES = 10


def draw_candles(axes: Axes, drawn: Candles) -> None:
    """Wicks, bodies and the running VWAP; the price's limits must be set."""
    from matplotlib.collections import LineCollection, PolyCollection

    middle = days(drawn.time_ms + drawn.step_ms / 2)
    colours = list(np.where(drawn.close >= drawn.open, theme.UP, theme.DOWN))
    low, high = axes.get_ylim()
    least = (high - low) * 0.0008  # a doji's body stays visible
    wicks = _segments((middle, drawn.low), (middle, drawn.high))
    bodies = _bodies(drawn, middle, least)
    axes.add_collection(LineCollection(wicks, colors=colours, linewidths=0.9, zorder=3))
    axes.add_collection(PolyCollection(bodies, facecolors=colours, edgecolors="none", zorder=4))
    axes.plot(
        middle, drawn.vwap, color=theme.VWAP, linewidth=1.3, zorder=5, label="VWAP since start"
    )


def _bodies(drawn: Candles, middle: Floats, least: float) -> list[Floats]:
    """The candles' bodies as rectangles of days and prices, at least `least` high."""
    half = 0.36 * drawn.step_ms / DAY_MS
    left, right = middle - half, middle + half
    bottom = np.minimum(drawn.open, drawn.close)
    top = np.maximum(np.maximum(drawn.open, drawn.close), bottom + least)
    return _segments((left, bottom), (left, top), (right, top), (right, bottom))


def _segments(*corners: tuple[Floats, Floats]) -> list[Floats]:
    """One array of points (x, y) for each candle, from the candles' corners one after another."""
    return list(np.stack([np.column_stack(corner) for corner in corners], axis=1))


def draw_boxes(axes: Axes, data: ChartData) -> tuple[int, int]:
    """Shade gaps and zones; how many of each were drawn."""
    gaps = zones = 0
    if data.gaps.height:
        for direction, colour in (("bullish", theme.UP), ("bearish", theme.DOWN)):
            boxes, _ = gap_boxes(data, direction, _GAPS)
            gaps += len(boxes)
            _shade(axes, boxes, colour, (0.09, 0.20), f"{direction} gap")
    if data.zones.height:
        for kind, colour in (("demand", theme.DEMAND), ("supply", theme.SUPPLY)):
            boxes, _ = zone_boxes(data, kind, _ZONES)
            zones += len(boxes)
            _shade(axes, boxes, colour, (0.10, 0.20), f"{kind} zone")
    return gaps, zones


def _shade(axes: Axes, boxes: Boxes, colour: str, alphas: tuple[float, float], label: str) -> None:
    """Fill the boxes; `alphas` are for those of the past and for live ones."""
    from matplotlib.colors import to_rgba
    from matplotlib.patches import Rectangle

    starts, ends = days(boxes.start_ms), days(boxes.end_ms)
    lengths, heights = ends - starts, boxes.upper - boxes.lower
    for number, live in enumerate(boxes.live):
        box = Rectangle(
            (starts[number], boxes.lower[number]),
            lengths[number],
            heights[number],
            facecolor=to_rgba(colour, alphas[1] if live else alphas[0]),
            edgecolor=to_rgba(colour, 0.75 if live else 0.22),
            linewidth=0.6,
            zorder=1.5,
        )
        axes.add_patch(box)
    # A collection without members, so that the legend has one entry of full strength.
    axes.scatter([], [], marker="s", s=60, color=to_rgba(colour, 0.55), label=label)


def draw_levels(axes: Axes, data: ChartData) -> None:
    """POC and value area of each session; the last session's have their names."""
    areas = value_areas(data)
    for area in areas:
        for name, level, style in _levels_of(area):
            axes.hlines(
                level,
                days(area.start_ms),
                days(area.end_ms),
                color=theme.VALUE_AREA,
                linewidth=1.1,
                linestyle=style,
                zorder=2.5,
            )
            if area is areas[-1]:
                _name_level(axes, area, name, level)


def _levels_of(area: ValueArea) -> tuple[tuple[str, float, str], ...]:
    return (("POC", area.poc, "-"), ("VAH", area.vah, "--"), ("VAL", area.val, "--"))


def _name_level(axes: Axes, area: ValueArea, name: str, level: float) -> None:
    start, end = days(area.start_ms), days(area.end_ms)
    axes.annotate(
        name,
        (start + 0.003 * (end - start), level),
        (2, 3),
        textcoords="offset points",
        color=theme.VALUE_AREA,
        fontsize=8,
    )


def draw_bar_ends(axes: Axes, data: ChartData) -> None:
    """Where imbalance bars closed: below the price for buying, above it for selling."""
    _mark_bar_ends(axes, data, "buy", "^", theme.UP)
    _mark_bar_ends(axes, data, "sell", "v", theme.DOWN)


def _mark_bar_ends(axes: Axes, data: ChartData, side: str, marker: str, colour: str) -> None:
    times, prices = bar_ends(data, bullish=side == "buy")
    if not len(times):
        return
    low, high = axes.get_ylim()
    shift = -0.012 if side == "buy" else 0.012
    crowded = data.imbalance_bars.height > 150
    axes.scatter(
        days(times),
        prices + shift * (high - low),
        s=12 if crowded else 26,
        marker=marker,
        color=colour,
        edgecolors="none" if crowded else theme.TEXT,
        linewidths=0.6,
        zorder=6,
        label=f"{side} imbalance bar",
    )


def draw_legend(axes: Axes) -> None:
    """What the price's colours mean, where anything has a name."""
    handles, labels = axes.get_legend_handles_labels()
    if handles:
        axes.legend(
            handles,
            labels,
            loc="upper left",
            ncols=8,
            frameon=False,
            fontsize=9,
            labelcolor=theme.TEXT,
            borderaxespad=0.4,
            handlelength=1.3,
            columnspacing=1.4,
        )
