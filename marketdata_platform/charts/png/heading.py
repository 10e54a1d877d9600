"""The words around the picture: what is shown, its key figures, what was left out."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from marketdata_platform.charts import theme
from marketdata_platform.charts.data import ChartData
from marketdata_platform.charts.figures import KeyFigure, date_range, key_figures
from marketdata_platform.charts.png.axes import LEFT, RIGHT

if TYPE_CHECKING:
    from matplotlib.figure import Figure

_TONES = {"up": theme.UP, "down": theme.DOWN, "": theme.TEXT}
_WIDE_FONTS = (
    "Noto Sans CJK SC",
    "PingFang SC",
    "Microsoft YaHei",
    "WenQuanYi Zen Hei",
    "Arial Unicode MS",
)


def draw_heading(figure: Figure, data: ChartData, note: str) -> None:
    """Name, window and key figures at the top, the note at the bottom."""
    _draw_title(figure, data)
    _draw_figures(figure, key_figures(data))
    figure.text(LEFT, 0.012, note, color=theme.MUTED, fontsize=8.5)


def _draw_title(figure: Figure, data: ChartData) -> None:
    fonts, name = _fonts_for(data.instrument)
    title = figure.text(
        LEFT,
        0.962,
        name,
        color=theme.TEXT,
        fontsize=21,
        weight="bold",
        family=fonts,
        parse_math=False,
    )
    extent: Any = title.get_window_extent()
    figure.text(
        extent.x1 / figure.bbox.width + 0.012,
        0.963,
        f"{data.interval}   {date_range(data)}",
        color=theme.MUTED,
        fontsize=13,
        parse_math=False,
    )


def _draw_figures(figure: Figure, figures: Sequence[KeyFigure]) -> None:
    width = (RIGHT - LEFT) / max(len(figures), 8)
    for number, item in enumerate(figures):
        left = LEFT + number * width
        figure.text(left, 0.926, item.label.upper(), color=theme.MUTED, fontsize=8)
        colour = _TONES[item.tone]
        figure.text(left, 0.897, item.value, color=colour, fontsize=13, weight="bold")


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
