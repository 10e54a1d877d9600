"""Charts that people show to others: one HTML page, one picture, one line in a table cell.

Belongs here: drawing frames that were handed in. Does not: reading stores, computing market
numbers. Plotly and Matplotlib are imported when a chart is drawn, never with the package.
"""

from marketdata_platform.charts.data import ChartData
from marketdata_platform.charts.html import render_html
from marketdata_platform.charts.png import render_png
from marketdata_platform.charts.sparkline import sparkline_markdown, sparkline_svg

__all__ = ["ChartData", "render_html", "render_png", "sparkline_markdown", "sparkline_svg"]
