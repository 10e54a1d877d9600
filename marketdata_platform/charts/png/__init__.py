"""The static picture: what the HTML page shows at first sight, drawn by Matplotlib without a
display.

Belongs here: drawing. Does not: choosing what is drawn (charts.data and beside it). No pyplot and
no global style: pictures are made in threads of one process. Matplotlib is imported when a picture
is drawn.
"""

from marketdata_platform.charts.png.picture import render_png

__all__ = ["render_png"]
