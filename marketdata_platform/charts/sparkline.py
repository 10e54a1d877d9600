"""A line in the size of a word, as SVG small enough for a metadata cell.

The Dagster UI shows markdown metadata below 1,000 characters inline and folds what is longer away,
so both the SVG and its image link stay below that.
"""

from __future__ import annotations

import base64
from collections.abc import Sequence
from decimal import Decimal

from marketdata_platform.charts import theme

_MOST_CHARACTERS = 999
_POINTS = 60


def sparkline_svg(
    values: Sequence[float | Decimal | None], width: int = 160, height: int = 32
) -> str:
    """An SVG of under 700 characters: a line with a shaded area; green when it ends above its
    start, else red.

    Missing values are left out. Long series are thinned to the last value of each of at most 60
    stretches, and further until the whole fits. Equal values give equal text.
    """
    known = [float(value) for value in values if value is not None and value == value]
    points = _POINTS
    while True:
        svg = _drawn(_thinned(known, points), width, height)
        if len(svg) <= _MOST_CHARACTERS * 3 // 4 - 60:  # base64 takes a third more
            return svg
        points -= 4


def sparkline_markdown(
    values: Sequence[float | Decimal | None], width: int = 160, height: int = 32
) -> str:
    """The sparkline as a markdown image with a data link, under 1,000 characters."""
    encoded = base64.b64encode(sparkline_svg(values, width, height).encode()).decode()
    return f"![](data:image/svg+xml;base64,{encoded})"


def _thinned(values: list[float], points: int) -> list[float]:
    if len(values) <= points:
        return values
    # The first value stays: colour and slope speak of it.
    rest = len(values) - 1
    return [values[0]] + [values[-(-rest * number // (points - 1))] for number in range(1, points)]


def _drawn(values: list[float], width: int, height: int) -> str:
    head = f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}">'
    if not values:
        return head + "</svg>"
    colour = theme.UP if values[-1] >= values[0] else theme.DOWN
    low, high = min(values), max(values)
    span = (high - low) or 1.0
    step = width / max(len(values) - 1, 1)
    heights = [round((height - 3) * (1 - (value - low) / span) + 1.5) for value in values]
    if high == low:
        heights = [height // 2] * len(values)
    if len(values) == 1:
        heights *= 2
        step = width
    line = " ".join(f"{round(number * step)},{y}" for number, y in enumerate(heights))
    area = f'<path d="M0,{height} {line} {width},{height}" fill="{colour}" fill-opacity=".2"/>'
    return f'{head}{area}<polyline points="{line}" fill="none" stroke="{colour}"/></svg>'
