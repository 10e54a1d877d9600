"""The full chart of a materialised day: written once a run, linked from the partition's
metadata.
"""

from base64 import b64encode
from datetime import date
from pathlib import Path
from typing import Any

import dagster as dg

from marketdata_platform.charts.html import render_html
from marketdata_platform.charts.png import render_png
from marketdata_platform.core.instrument import Instrument
from marketdata_platform.platform import Platform


def chart_path(platform: Platform, instrument: Instrument, name: str) -> Path:
    """`<root>/charts/<venue>/<market>/<symbol>/<name>.html`, its folder made."""
    path = (
        platform.root
        / "charts"
        / instrument.venue
        / instrument.market
        / instrument.path_symbol
        / f"{name}.html"
    )
    path.parent.mkdir(parents=True, exist_ok=True)
    return path


def chart_metadata(platform: Platform, instrument: Instrument, day: date) -> dict[str, Any]:
    """Draw the day: the interactive page as a file, the picture inside the metadata.

    Browsers follow no link from the UI to a file, so the picture goes along: the UI folds it up
    until it is wanted.
    """
    page = chart_path(platform, instrument, day.isoformat())
    picture = page.with_suffix(".png")
    data = platform.chart_data(instrument, day, day)
    render_html(data, page)
    render_png(data, picture)
    encoded = b64encode(picture.read_bytes()).decode()
    image = dg.MetadataValue.md(f"![{instrument} {day}](data:image/png;base64,{encoded})")
    return {"chart": image, "chart page": dg.MetadataValue.path(page)}
