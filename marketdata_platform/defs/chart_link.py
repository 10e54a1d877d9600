"""The full chart of a materialised day: written once a run, linked from the partition's metadata."""

from datetime import date
from pathlib import Path
from typing import Any

import dagster as dg

from marketdata_platform.charts.html import render_html
from marketdata_platform.core.instrument import Instrument
from marketdata_platform.platform import Platform


def chart_path(platform: Platform, instrument: Instrument, name: str) -> Path:
    """`<root>/charts/<venue>/<market>/<symbol>/<name>.html`, its folder made."""
    path = platform.root / "charts" / instrument.venue / instrument.market / instrument.path_symbol / f"{name}.html"
    path.parent.mkdir(parents=True, exist_ok=True)
    return path


def chart_metadata(platform: Platform, instrument: Instrument, day: date) -> dict[str, Any]:
    """Write the day's chart and link it."""
    path = chart_path(platform, instrument, day.isoformat())
    render_html(platform.chart_data(instrument, day, day), path)
    return {"chart": dg.MetadataValue.path(path), "chart link": dg.MetadataValue.url(path.resolve().as_uri())}
