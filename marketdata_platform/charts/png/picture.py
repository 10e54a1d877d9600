"""One picture: its parts put together and written to a file."""

from __future__ import annotations

from pathlib import Path

from marketdata_platform.charts import theme
from marketdata_platform.charts.candles import candles
from marketdata_platform.charts.data import ChartData
from marketdata_platform.charts.figures import notes
from marketdata_platform.charts.png.axes import axes_of
from marketdata_platform.charts.png.heading import draw_heading
from marketdata_platform.charts.png.panels import draw_cvd, draw_profile, draw_volume, draw_vpin
from marketdata_platform.charts.png.price import (
    draw_bar_ends,
    draw_boxes,
    draw_candles,
    draw_legend,
    draw_levels,
)

_CANDLES = 320
_DPI = 110


def render_png(data: ChartData, path: Path) -> None:
    """Draw `data` to a PNG of 1760 × 1100 pixels.

    Candles are merged until each has a few pixels, and the note says so.
    """
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    figure = Figure(figsize=(16, 10), dpi=_DPI, facecolor=theme.BACKGROUND)
    FigureCanvasAgg(figure)
    drawn = candles(data, _CANDLES, count_silent=True)
    axes = axes_of(figure, data, drawn)
    shown = draw_boxes(axes.price, data)
    draw_candles(axes.price, drawn)
    draw_levels(axes.price, data)
    draw_bar_ends(axes.price, data)
    draw_profile(axes.profile, data)
    draw_volume(axes.volume, drawn)
    draw_cvd(axes.cvd, drawn)
    draw_vpin(axes.vpin, data)
    draw_legend(axes.price)
    draw_heading(figure, data, notes(data, drawn, *shown))
    figure.savefig(path, format="png", facecolor=theme.BACKGROUND, metadata={"Software": None})
