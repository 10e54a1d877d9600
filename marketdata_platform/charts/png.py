"""The static picture: what the HTML page shows at first sight, drawn by Matplotlib without a
display.

No pyplot and no global style: pictures are made in threads of one process.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from marketdata_platform.charts import theme
from marketdata_platform.charts.data import (
    Boxes,
    Candles,
    ChartData,
    bar_ends,
    bucket_shares,
    candles,
    gap_boxes,
    profile_bars,
    value_areas,
    vpin_line,
    zone_boxes,
)
from marketdata_platform.charts.figures import date_range, key_figures, notes

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

_CANDLES = 320
_GAPS = 30
_ZONES = 10
_DAY_MS = 86_400_000.0
_DPI = 110
_WIDE_FONTS = (
    "Noto Sans CJK SC",
    "PingFang SC",
    "Microsoft YaHei",
    "WenQuanYi Zen Hei",
    "Arial Unicode MS",
)


def render_png(data: ChartData, path: Path) -> None:
    """Draw `data` to a PNG of 1760 × 1100 pixels.

    Candles are merged until each has a few pixels, and the note says so.
    """
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    figure = Figure(figsize=(16, 10), dpi=_DPI, facecolor=theme.BACKGROUND)
    FigureCanvasAgg(figure)
    drawn = candles(data, _CANDLES, count_silent=True)
    price, profile, panels = _layout(figure, data, drawn)
    shown = _draw_boxes(price, data)
    _draw_candles(price, drawn)
    _draw_levels(price, data)
    _draw_bar_ends(price, data)
    _draw_profile(profile, data)
    _draw_volume(panels[0], drawn)
    _draw_cvd(panels[1], drawn)
    _draw_vpin(panels[2], data)
    _legend(price)
    _headline(figure, data, notes(data, drawn, *shown))
    figure.savefig(path, format="png", facecolor=theme.BACKGROUND, metadata={"Software": None})


def _layout(figure: Figure, data: ChartData, drawn: Candles) -> tuple[Axes, Axes, list[Axes]]:
    grid = figure.add_gridspec(
        4,
        2,
        left=0.018,
        right=0.945,
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
    for axes in (price, profile, *panels):
        axes.set_facecolor(theme.PANEL)
        axes.grid(True, color=theme.GRID, linewidth=0.6)
        axes.set_axisbelow(True)
        axes.tick_params(
            colors=theme.MUTED, labelsize=9, length=0, labelright=True, labelleft=False
        )
        for spine in axes.spines.values():
            spine.set_visible(False)
        axes.margins(x=0)
    for axes, name in zip(panels, ("VOLUME", "CVD", "VPIN"), strict=True):
        axes.text(
            0.006,
            0.88,
            name,
            transform=axes.transAxes,
            color=theme.MUTED,
            fontsize=8.5,
            weight="bold",
            va="top",
        )
    price.tick_params(labelright=False)
    profile.grid(False)
    profile.set_xticks([])
    _time_axis(price, panels, data)
    _price_limits(price, drawn)
    return price, profile, panels


def _time_axis(price: Axes, panels: list[Axes], data: ChartData) -> None:
    from matplotlib.dates import AutoDateLocator, ConciseDateFormatter
    from matplotlib.ticker import FuncFormatter, MaxNLocator

    price.set_xlim(
        _days(data.window.start.timestamp() * 1_000), _days(data.window.end.timestamp() * 1_000)
    )
    locator = AutoDateLocator(minticks=8, maxticks=16)  # type: ignore[no-untyped-call]
    price.xaxis.set_major_locator(locator)
    dates = ConciseDateFormatter(  # type: ignore[no-untyped-call]
        locator,
        formats=["%Y", "%b %Y", "%d %b", "%H:%M", "%H:%M", "%H:%M:%S"],
        zero_formats=["", "%Y", "%d %b", "%d %b", "%H:%M", "%H:%M"],
        show_offset=False,
    )
    price.xaxis.set_major_formatter(dates)
    for axes in (price, *panels[:-1]):
        axes.tick_params(labelbottom=False)
    price.yaxis.set_major_formatter(FuncFormatter(lambda value, _: theme.price_text(value)))
    for axes in panels[:2]:
        axes.yaxis.set_major_formatter(FuncFormatter(lambda value, _: theme.short_number(value)))
        axes.yaxis.set_major_locator(MaxNLocator(4))


def _price_limits(price: Axes, drawn: Candles) -> None:
    if len(drawn):
        low, high = float(drawn.low.min()), float(drawn.high.max())
        room = (high - low) * 0.05 or abs(high) * 0.001
        price.set_ylim(low - room, high + room * 1.6)


def _draw_candles(axes: Axes, drawn: Candles) -> None:
    from matplotlib.collections import LineCollection, PolyCollection

    middle = _days(drawn.time_ms + drawn.step_ms / 2)
    half = 0.36 * drawn.step_ms / _DAY_MS
    rises = drawn.close >= drawn.open
    low, high = axes.get_ylim()
    least = (high - low) * 0.0008  # a doji's body stays visible
    colours = np.where(rises, theme.UP, theme.DOWN)
    bottom, top = np.minimum(drawn.open, drawn.close), np.maximum(drawn.open, drawn.close)
    top = np.maximum(top, bottom + least)
    wicks = np.stack(
        (np.column_stack((middle, drawn.low)), np.column_stack((middle, drawn.high))), axis=1
    )
    corners = (
        (middle - half, bottom),
        (middle - half, top),
        (middle + half, top),
        (middle + half, bottom),
    )
    bodies = np.stack([np.column_stack(corner) for corner in corners], axis=1)
    axes.add_collection(LineCollection(list(wicks), colors=list(colours), linewidths=0.9, zorder=3))
    axes.add_collection(
        PolyCollection(list(bodies), facecolors=list(colours), edgecolors="none", zorder=4)
    )
    axes.plot(
        middle, drawn.vwap, color=theme.VWAP, linewidth=1.3, zorder=5, label="VWAP since start"
    )


def _draw_boxes(axes: Axes, data: ChartData) -> tuple[int, int]:
    """How many gaps and zones were drawn."""
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
    from matplotlib.colors import to_rgba
    from matplotlib.patches import Rectangle

    edges = (_days(boxes.start_ms), _days(boxes.end_ms), boxes.lower, boxes.upper, boxes.live)
    for start, end, lower, upper, live in zip(*edges, strict=True):
        edge = to_rgba(colour, 0.75 if live else 0.22)
        fill = to_rgba(colour, alphas[1] if live else alphas[0])
        corner = (float(start), float(lower))
        size = (float(end - start), float(upper - lower))
        axes.add_patch(
            Rectangle(corner, *size, facecolor=fill, edgecolor=edge, linewidth=0.6, zorder=1.5)
        )
    # A collection without members, so that the legend has one entry of full strength.
    axes.scatter([], [], marker="s", s=60, color=to_rgba(colour, 0.55), label=label)


def _draw_levels(axes: Axes, data: ChartData) -> None:
    last = len(value_areas(data)) - 1
    for number, (start, end, poc, vah, val) in enumerate(value_areas(data)):
        for name, level, style in (("POC", poc, "-"), ("VAH", vah, "--"), ("VAL", val, "--")):
            axes.hlines(
                level,
                _days(start),
                _days(end),
                color=theme.VALUE_AREA,
                linewidth=1.1,
                linestyle=style,
                zorder=2.5,
            )
            if number == last:
                spot = (_days(start) + 0.003 * (_days(end) - _days(start)), level)
                axes.annotate(
                    name,
                    spot,
                    (2, 3),
                    textcoords="offset points",
                    color=theme.VALUE_AREA,
                    fontsize=8,
                )


def _draw_bar_ends(axes: Axes, data: ChartData) -> None:
    low, high = axes.get_ylim()
    crowded = data.imbalance_bars.height > 150
    for bullish, marker, colour, shift in (
        (True, "^", theme.UP, -0.012),
        (False, "v", theme.DOWN, 0.012),
    ):
        times, prices = bar_ends(data, bullish)
        if len(times):
            name = f"{'buy' if bullish else 'sell'} imbalance bar"
            spots = prices + shift * (high - low)
            axes.scatter(
                _days(times),
                spots,
                s=12 if crowded else 26,
                marker=marker,
                color=colour,
                edgecolors="none" if crowded else theme.TEXT,
                linewidths=0.6,
                zorder=6,
                label=name,
            )


def _draw_profile(axes: Axes, data: ChartData) -> None:
    edges, widths, volumes, inside = profile_bars(data)
    if len(edges):
        colours = np.where(inside, theme.VALUE_AREA, theme.PROFILE)
        axes.barh(edges, volumes, widths * 0.86, align="edge", color=list(colours), alpha=0.85)
        axes.set_xlim(0, float(volumes.max()) * 1.05)
    axes.text(
        0.06,
        0.985,
        "PROFILE",
        transform=axes.transAxes,
        color=theme.MUTED,
        fontsize=8.5,
        weight="bold",
        va="top",
    )


def _draw_volume(axes: Axes, drawn: Candles) -> None:
    middle, width = _days(drawn.time_ms + drawn.step_ms / 2), 0.8 * drawn.step_ms / _DAY_MS
    base = np.zeros(len(drawn))
    for volume, colour in (
        (drawn.buy, theme.UP),
        (drawn.sell, theme.DOWN),
        (drawn.unsigned, theme.NEUTRAL),
    ):
        axes.bar(middle, volume, width, bottom=base, color=colour, linewidth=0)
        base = base + volume


def _draw_cvd(axes: Axes, drawn: Candles) -> None:
    middle = _days(drawn.time_ms + drawn.step_ms / 2)
    known = np.isfinite(drawn.cvd)
    if known.any():
        axes.plot(middle[known], drawn.cvd[known], color=theme.CVD, linewidth=1.5)
        floor = min(float(drawn.cvd[known].min()), axes.get_ylim()[0])
        axes.fill_between(
            middle[known], drawn.cvd[known], floor, color=theme.CVD, alpha=0.14, linewidth=0
        )


def _draw_vpin(axes: Axes, data: ChartData) -> None:
    times, shares = bucket_shares(data)
    if not len(times):
        axes.text(
            0.5,
            0.5,
            "no volume bucket yet",
            transform=axes.transAxes,
            color=theme.MUTED,
            ha="center",
            va="center",
            fontsize=10,
        )
        axes.set_yticks([])
        return
    axes.plot(
        _days(times), shares, color=theme.VPIN, linewidth=0.8, alpha=0.45, drawstyle="steps-post"
    )
    axes.fill_between(_days(times), shares, step="post", color=theme.VPIN, alpha=0.10, linewidth=0)
    known, values = vpin_line(data)
    marker = "o" if len(known) == 1 else ""
    axes.plot(
        _days(known), values, color=theme.VPIN, linewidth=1.6, drawstyle="steps-post", marker=marker
    )
    axes.set_ylim(0, max(float(np.nanmax(shares)) * 1.12, 0.1))


def _legend(axes: Axes) -> None:
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


def _headline(figure: Figure, data: ChartData, note: str) -> None:
    fonts, name = _fonts_for(data.instrument)
    title = figure.text(
        0.018,
        0.962,
        name,
        color=theme.TEXT,
        fontsize=21,
        weight="bold",
        family=fonts,
        parse_math=False,
    )
    extent: Any = title.get_window_extent()
    after = extent.x1 / figure.bbox.width + 0.012
    figure.text(
        after,
        0.963,
        f"{data.interval}   {date_range(data)}",
        color=theme.MUTED,
        fontsize=13,
        parse_math=False,
    )
    tones = {"up": theme.UP, "down": theme.DOWN, "": theme.TEXT}
    figures = key_figures(data)
    width = (0.945 - 0.018) / max(len(figures), 8)
    for number, item in enumerate(figures):
        left = 0.018 + number * width
        figure.text(left, 0.926, item.label.upper(), color=theme.MUTED, fontsize=8)
        figure.text(left, 0.897, item.value, color=tones[item.tone], fontsize=13, weight="bold")
    figure.text(0.018, 0.012, note, color=theme.MUTED, fontsize=8.5)


def _fonts_for(text: str) -> tuple[list[str], str]:
    """Fonts for `text`, and the text with what none of them can draw escaped: symbols come in every
    script.
    """
    from matplotlib import font_manager

    installed = set(font_manager.get_font_names())
    fonts = ["DejaVu Sans", *(name for name in _WIDE_FONTS if name in installed)]
    known: set[int] = set()
    for name in fonts:
        known.update(font_manager.get_font(font_manager.findfont(name)).get_charmap())
    return fonts, "".join(
        c if ord(c) in known else c.encode("unicode_escape").decode() for c in text
    )


def _days(milliseconds: Any) -> Any:
    """Matplotlib's dates are days since the epoch."""
    return np.asarray(milliseconds, dtype=np.float64) / _DAY_MS
