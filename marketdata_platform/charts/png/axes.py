"""Where the parts of the picture stand, and their scales."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from marketdata_platform.charts import theme
from marketdata_platform.charts.candles import Candles
from marketdata_platform.charts.data import ChartData
from marketdata_platform.core.window import Window

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

DAY_MS = 86_400_000.0
LEFT, RIGHT = 0.018, 0.945  # of the figure's width


@dataclass(frozen=True, slots=True)
class PictureAxes:
    """The price with its profile beside it and three panels below it; all but the profile have one
    time axis.
    """

    price: Axes
    profile: Axes
    volume: Axes
    cvd: Axes
    vpin: Axes


def axes_of(figure: Figure, data: ChartData, drawn: Candles) -> PictureAxes:
    """The axes of a picture of `drawn`, empty, with their looks and limits."""
    axes = _placed(figure)
    for one in (axes.price, axes.profile, axes.volume, axes.cvd, axes.vpin):
        _dress(one)
    name_panel(axes.volume, "VOLUME", (0.006, 0.88))
    name_panel(axes.cvd, "CVD", (0.006, 0.88))
    name_panel(axes.vpin, "VPIN", (0.006, 0.88))
    axes.price.tick_params(labelright=False)
    axes.profile.grid(False)
    axes.profile.set_xticks([])
    _show_times(axes, data.window)
    _show_numbers(axes)
    _limit_prices(axes.price, drawn)
    return axes


def name_panel(axes: Axes, name: str, spot: tuple[float, float]) -> None:
    """Write a panel's name at `spot`, in parts of its width and height."""
    axes.text(
        *spot,
        name,
        transform=axes.transAxes,
        color=theme.MUTED,
        fontsize=8.5,
        weight="bold",
        va="top",
    )


def days(milliseconds: Any) -> Any:
    """Matplotlib's dates are days since the epoch."""
    return np.asarray(milliseconds, dtype=np.float64) / DAY_MS


def _placed(figure: Figure) -> PictureAxes:
    grid = figure.add_gridspec(
        4,
        2,
        left=LEFT,
        right=RIGHT,
        top=0.87,
        bottom=0.058,
        hspace=0.07,
        wspace=0.012,
        height_ratios=(5.6, 1.15, 1.25, 1.15),
        width_ratios=(9, 1),
    )
    price = figure.add_subplot(grid[0, 0])
    profile = figure.add_subplot(grid[0, 1], sharey=price)
    panels = [figure.add_subplot(grid[row, 0], sharex=price) for row in (1, 2, 3)]
    return PictureAxes(price, profile, *panels)


def _dress(axes: Axes) -> None:
    axes.set_facecolor(theme.PANEL)
    axes.grid(True, color=theme.GRID, linewidth=0.6)
    axes.set_axisbelow(True)
    axes.tick_params(colors=theme.MUTED, labelsize=9, length=0, labelright=True, labelleft=False)
    for spine in axes.spines.values():
        spine.set_visible(False)
    axes.margins(x=0)


def _show_times(axes: PictureAxes, window: Window) -> None:
    from matplotlib.dates import AutoDateLocator, ConciseDateFormatter

    first, last = window.start.timestamp() * 1_000, window.end.timestamp() * 1_000
    axes.price.set_xlim(days(first), days(last))
    locator = AutoDateLocator(minticks=8, maxticks=16)  # type: ignore[no-untyped-call]
    axes.price.xaxis.set_major_locator(locator)
    dates = ConciseDateFormatter(  # type: ignore[no-untyped-call]
        locator,
        formats=["%Y", "%b %Y", "%d %b", "%H:%M", "%H:%M", "%H:%M:%S"],
        zero_formats=["", "%Y", "%d %b", "%d %b", "%H:%M", "%H:%M"],
        show_offset=False,
    )
    axes.price.xaxis.set_major_formatter(dates)
    for one in (axes.price, axes.volume, axes.cvd):  # the lowest panel shows the times of all
        one.tick_params(labelbottom=False)


def _show_numbers(axes: PictureAxes) -> None:
    from matplotlib.ticker import FuncFormatter, MaxNLocator

    prices = FuncFormatter(lambda value, _: theme.price_text(value))
    axes.price.yaxis.set_major_formatter(prices)
    for one in (axes.volume, axes.cvd):
        one.yaxis.set_major_formatter(FuncFormatter(lambda value, _: theme.short_number(value)))
        one.yaxis.set_major_locator(MaxNLocator(4))


def _limit_prices(price: Axes, drawn: Candles) -> None:
    if len(drawn):
        low, high = float(drawn.low.min()), float(drawn.high.max())
        room = (high - low) * 0.05 or abs(high) * 0.001
        price.set_ylim(low - room, high + room * 1.6)
