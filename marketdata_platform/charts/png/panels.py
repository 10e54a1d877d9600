"""Beside and below the price: profile, volume, CVD and VPIN."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from marketdata_platform.charts import theme
from marketdata_platform.charts.candles import Candles
from marketdata_platform.charts.data import ChartData, bucket_shares, vpin_line
from marketdata_platform.charts.png.axes import DAY_MS, days, name_panel
from marketdata_platform.charts.profile import profile_bars

if TYPE_CHECKING:
    from matplotlib.axes import Axes


def draw_profile(axes: Axes, data: ChartData) -> None:
    """Volume by price, the value areas' bins in their own colour."""
    bars = profile_bars(data)
    if len(bars):
        colours = list(np.where(bars.inside, theme.VALUE_AREA, theme.PROFILE))
        heights = bars.widths * 0.86
        axes.barh(bars.edges, bars.volumes, heights, align="edge", color=colours, alpha=0.85)
        axes.set_xlim(0, float(bars.volumes.max()) * 1.05)
    name_panel(axes, "PROFILE", (0.06, 0.985))


def draw_volume(axes: Axes, drawn: Candles) -> None:
    """Volume of each candle: bought, sold, and what has no side, one on the other."""
    middle, width = days(drawn.time_ms + drawn.step_ms / 2), 0.8 * drawn.step_ms / DAY_MS
    base = np.zeros(len(drawn))
    for volume, colour in (
        (drawn.buy, theme.UP),
        (drawn.sell, theme.DOWN),
        (drawn.unsigned, theme.NEUTRAL),
    ):
        axes.bar(middle, volume, width, bottom=base, color=colour, linewidth=0)
        base = base + volume


def draw_cvd(axes: Axes, drawn: Candles) -> None:
    """Cumulative volume delta, where it is known."""
    middle = days(drawn.time_ms + drawn.step_ms / 2)
    known = np.isfinite(drawn.cvd)
    if known.any():
        axes.plot(middle[known], drawn.cvd[known], color=theme.CVD, linewidth=1.5)
        floor = min(float(drawn.cvd[known].min()), axes.get_ylim()[0])
        axes.fill_between(
            middle[known], drawn.cvd[known], floor, color=theme.CVD, alpha=0.14, linewidth=0
        )


def draw_vpin(axes: Axes, data: ChartData) -> None:
    """VPIN over the buckets' own |Vb − Vs| / V, or a word where there is no bucket."""
    times, shares = bucket_shares(data)
    if not len(times):
        _say_empty(axes, "no volume bucket yet")
        return
    steps = "steps-post"
    axes.plot(days(times), shares, color=theme.VPIN, linewidth=0.8, alpha=0.45, drawstyle=steps)
    axes.fill_between(days(times), shares, step="post", color=theme.VPIN, alpha=0.10, linewidth=0)
    known, values = vpin_line(data)
    marker = "o" if len(known) == 1 else ""
    axes.plot(days(known), values, color=theme.VPIN, linewidth=1.6, drawstyle=steps, marker=marker)
    axes.set_ylim(0, max(float(np.nanmax(shares)) * 1.12, 0.1))


def _say_empty(axes: Axes, text: str) -> None:
    axes.text(
        0.5,
        0.5,
        text,
        transform=axes.transAxes,
        color=theme.MUTED,
        ha="center",
        va="center",
        fontsize=10,
    )
    axes.set_yticks([])
