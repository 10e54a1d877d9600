"""Colours and number formats that the HTML page and the picture share."""

from __future__ import annotations

BACKGROUND = "#0a0e16"
PANEL = "#0f1521"
GRID = "#1a2333"
TEXT = "#d7e0ee"
MUTED = "#8090a8"
UP = "#21c7a0"
DOWN = "#ff5a78"
NEUTRAL = "#5d6b82"
VWAP = "#f5b84b"
CVD = "#5aa9ff"
VPIN = "#b18cff"
DEMAND = "#3b82f6"
SUPPLY = "#f08a3c"
PROFILE = "#41506b"
VALUE_AREA = "#7f9cd8"


def transparent(colour: str, alpha: float) -> str:
    """`#rrggbb` as `rgba(r,g,b,alpha)`."""
    red, green, blue = (int(colour[i : i + 2], 16) for i in (1, 3, 5))
    return f"rgba({red},{green},{blue},{alpha:g})"


def short_number(value: float) -> str:
    """A large number as people say it: 1.23 M, 45.6 k, 789; small ones with four significant
    digits.
    """
    for factor, least, unit in (
        (1e12, 1e12, "T"),
        (1e9, 1e9, "B"),
        (1e6, 1e6, "M"),
        (1e3, 1e4, "k"),
    ):
        if abs(value) >= least:
            return f"{value / factor:.4g} {unit}"
    return f"{value:,.0f}" if abs(value) >= 1_000 else f"{value:.4g}"


def price_text(value: float, like: float | None = None) -> str:
    """A price with as many decimals as its size, or that of the price `like`, makes useful."""
    size = abs(value if like is None else like)
    decimals = 2 if size >= 100 else 4 if size >= 1 else 8
    return f"{value:,.{decimals}f}"
