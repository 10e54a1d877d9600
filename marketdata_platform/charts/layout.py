"""Axes, buttons and looks of the HTML chart: one time axis for all panels, so that zoom and
crosshair are linked.
"""

from __future__ import annotations

from typing import Any

from marketdata_platform.charts import theme
from marketdata_platform.charts.data import ChartData

Json = dict[str, Any]

CONFIG: Json = {
    "responsive": True,
    "displaylogo": False,
    "scrollZoom": True,
    "showTips": False,
    "modeBarButtonsToRemove": ["select2d", "lasso2d", "autoScale2d"],
}

_FONT = "Inter, Segoe UI, Helvetica Neue, DejaVu Sans, Arial, sans-serif"
_CHART_WIDTH = 0.885  # the rest of the width is the profile's
_DOMAINS = {
    "yaxis": (0.43, 1.0),
    "yaxis2": (0.29, 0.41),
    "yaxis3": (0.145, 0.27),
    "yaxis4": (0.0, 0.125),
}
_LOOK: Json = {
    "gridcolor": theme.GRID,
    "zeroline": False,
    "tickfont": {"color": theme.MUTED, "size": 11},
}
_CROSSHAIR: Json = {
    "showspikes": True,
    "spikemode": "across",
    "spikesnap": "cursor",
    "spikethickness": 1,
    "spikedash": "dot",
    "spikecolor": theme.MUTED,
}


def layout(data: ChartData) -> Json:
    """Plotly's layout for the chart of `data`; the page's script sets the y ranges to what is in
    view.
    """
    return {
        **_value_axes(),
        **_time_axes(data),
        "paper_bgcolor": theme.BACKGROUND,
        "plot_bgcolor": theme.PANEL,
        "barmode": "stack",
        "bargap": 0.15,
        "hovermode": "x unified",
        "hoversubplots": "axis",
        "dragmode": "pan",
        "uirevision": 1,
        "hoverlabel": {
            "bgcolor": theme.transparent(theme.PANEL, 0.94),
            "bordercolor": theme.GRID,
            "font": {"size": 12},
        },
        "margin": {"l": 6, "r": 72, "t": 34, "b": 38},
        "font": {"color": theme.TEXT, "family": _FONT},
        "legend": {
            "orientation": "h",
            "x": _CHART_WIDTH,
            "xanchor": "right",
            "y": 1.008,
            "yanchor": "bottom",
            "bgcolor": "rgba(0,0,0,0)",
            "font": {"size": 11.5},
        },
        "annotations": _names(),
    }


def _value_axes() -> Json:
    side: Json = {
        **_LOOK,
        **_CROSSHAIR,
        "side": "right",
        "anchor": "free",
        "position": _CHART_WIDTH,
    }
    axes = {name: {**side, "domain": list(domain)} for name, domain in _DOMAINS.items()}
    axes["yaxis"] |= {"position": 1.0, "tickformat": ",.8~f"}
    axes["yaxis4"] |= {"rangemode": "tozero"}
    return axes


def _time_axes(data: ChartData) -> Json:
    start, end = (bound.timestamp() * 1_000 for bound in (data.window.start, data.window.end))
    time: Json = {
        **_LOOK,
        **_CROSSHAIR,
        "type": "date",
        "domain": [0, _CHART_WIDTH],
        "anchor": "y4",
        "range": [start, end],
        "rangeslider": {"visible": False},
        "rangeselector": _range_buttons(),
        "hoverformat": "%d %b %Y %H:%M:%S",
    }
    profile: Json = {
        "domain": [_CHART_WIDTH + 0.004, 0.995],
        "anchor": "y",
        "showgrid": False,
        "showticklabels": False,
        "zeroline": False,
        "fixedrange": True,
    }
    return {"xaxis": time, "xaxis2": profile}


def _range_buttons() -> Json:
    spans = ((1, "hour"), (4, "hour"), (12, "hour"), (1, "day"), (7, "day"))
    buttons: list[Json] = [
        {"stepmode": "backward", "step": step, "count": count, "label": f"{count}{step[0]}"}
        for count, step in spans
    ]
    return {
        "buttons": [*buttons, {"step": "all", "label": "all"}],
        "bgcolor": theme.PANEL,
        "activecolor": theme.GRID,
        "bordercolor": theme.GRID,
        "borderwidth": 1,
        "font": {"color": theme.TEXT, "size": 11},
        "x": 0,
        "y": 1.012,
        "yanchor": "bottom",
    }


def _names() -> list[Json]:
    look = {
        "xref": "paper",
        "yref": "paper",
        "xanchor": "left",
        "yanchor": "top",
        "showarrow": False,
    }
    font = {"color": theme.MUTED, "size": 11}
    places = [("VOLUME", 0.006, _DOMAINS["yaxis2"][1]), ("CVD", 0.006, _DOMAINS["yaxis3"][1])]
    places += [("VPIN", 0.006, _DOMAINS["yaxis4"][1]), ("PROFILE", _CHART_WIDTH + 0.01, 1.0)]
    return [
        {**look, "font": font, "text": f"<b>{text}</b>", "x": x, "y": y} for text, x, y in places
    ]
