"""The pages and pictures: complete, self-contained, safe and the same every time."""

import base64
import json
import re
import struct
import subprocess
import sys
import xml.etree.ElementTree as ET
from decimal import Decimal

import numpy as np
import pytest

from marketdata_platform.charts import render_html, render_png, sparkline_markdown, sparkline_svg
from marketdata_platform.charts.candles import MAX_CANDLES, candles
from marketdata_platform.charts.html import script_json
from marketdata_platform.charts.traces import figure
from marketdata_platform_tests.charts.chart_data import chart_data, empty_chart_data, frame, kline

HOSTILE = "kalshi:event:<script>alert(1)</script>&@FIGURE@$x^2$\"'"


def own_text(page: str) -> str:
    """The page without Plotly's script."""
    scripts = page.split("<script>")
    return scripts[0] + scripts[2]


def json_after(page: str, name: str):
    return json.loads(re.search(rf"const {name} = (.*);\n", page).group(1))


def test_the_page_holds_every_part(tmp_path):
    path = tmp_path / "chart.html"
    render_html(chart_data(minutes=1_440), path)
    page = path.read_text()
    assert 4_000_000 < path.stat().st_size < 6_000_000
    names = {trace["name"] for trace in json_after(page, "figure")["data"]}
    assert names >= {
        "price",
        "buy volume",
        "sell volume",
        "CVD",
        "VPIN",
        "VWAP since start",
        "POC",
        "VAH",
        "VAL",
        "value area",
        "outside",
        "bullish gap",
        "bearish gap",
        "demand zone",
        "supply zone",
        "buy imbalance bar",
        "sell imbalance bar",
    }
    text = own_text(page)
    for shown in (
        "binance:futures:ETHUSDT",
        "Thu 18 Jul 2024 UTC",
        '<dd class="">4,320</dd>',
        "14.4 k",
    ):
        assert shown in text


def test_the_page_asks_no_network_for_anything(tmp_path):
    path = tmp_path / "chart.html"
    render_html(chart_data(), path)
    text = own_text(path.read_text())
    assert "http://" not in text
    assert "https://" not in text
    assert " src=" not in text
    assert "default-src 'none'" in text


def test_a_hostile_instrument_name_is_only_text(tmp_path):
    path = tmp_path / "chart.html"
    render_html(chart_data(instrument=HOSTILE), path)
    text = own_text(path.read_text())
    assert "alert(1)</script>" not in text
    assert "&lt;script&gt;alert(1)&lt;/script&gt;&amp;@FIGURE@$x^2$" in text
    render_png(chart_data(instrument=HOSTILE), tmp_path / "chart.png")


def test_json_in_a_script_cannot_end_it():
    text = script_json({"a": "</script><!--\u2028", "b": [float("nan"), 1.5]})
    assert "<" not in text
    assert json.loads(text) == {"a": "</script><!--\u2028", "b": [None, 1.5]}


def test_the_candles_in_the_page_are_those_of_the_frame(tmp_path):
    data = chart_data(minutes=300)
    path = tmp_path / "chart.html"
    render_html(data, path)
    store = json_after(path.read_text(), "store")
    closes = np.frombuffer(base64.b64decode(store["columns"]["close"]["bdata"]))
    assert closes.tolist() == [float(value) for value in data.klines["close"]]
    assert store["step"] == 60_000


def test_plotly_accepts_the_figure():
    import plotly.graph_objects as go

    whole, _, _ = figure(chart_data(), candles(chart_data()))
    for trace in whole["data"]:
        go.Figure(
            data=[{**trace, **({"x": [1], "y": [1]} if trace["type"] != "candlestick" else {})}]
        )
    go.Figure(layout=whole["layout"])


def test_twenty_thousand_candles_are_kept_and_more_are_merged_with_a_note(tmp_path):
    rows = frame("bar__kline", [kline(0, 100)]).select(pl_repeat(MAX_CANDLES + 5_000))
    data = chart_data(days=30, klines=rows, order_flow=frame("order_flow"))
    assert len(candles(data)) == 12_500
    render_html(data, tmp_path / "chart.html")
    assert "each candle merges 2 × 1m (12,500 of 25,000 shown)" in own_text(
        (tmp_path / "chart.html").read_text()
    )
    kept = chart_data(days=30, klines=rows.head(MAX_CANDLES), order_flow=frame("order_flow"))
    assert len(candles(kept)) == MAX_CANDLES


def pl_repeat(count: int):
    import polars as pl

    minutes = pl.int_range(count, dtype=pl.Int64) * 60_000_000
    return [
        (pl.col(name).first() + minutes.cast(pl.Duration("us"))).alias(name)
        if name == "open_time"
        else pl.col(name).first().repeat_by(count).list.explode().alias(name)
        for name in frame("bar__kline").columns
    ]


@pytest.mark.parametrize(
    "data", [empty_chart_data(), chart_data(minutes=1)], ids=["nothing", "one candle"]
)
def test_little_data_gives_a_chart_all_the_same(tmp_path, data):
    render_html(data, tmp_path / "chart.html")
    render_png(data, tmp_path / "chart.png")
    assert (tmp_path / "chart.html").stat().st_size > 4_000_000
    assert (tmp_path / "chart.png").stat().st_size > 10_000


def test_the_picture_is_a_png_of_good_size_and_always_the_same(tmp_path):
    first, second = tmp_path / "a.png", tmp_path / "b.png"
    for path in (first, second):
        render_png(chart_data(minutes=1_440), path)
    content = first.read_bytes()
    assert content[:8] == b"\x89PNG\r\n\x1a\n"
    assert struct.unpack(">II", content[16:24]) == (1760, 1100)
    assert content == second.read_bytes()


def test_symbols_of_other_scripts_are_drawn_without_complaint(tmp_path, recwarn):
    render_png(
        chart_data(minutes=30, instrument="binance:futures:币安人生USDT"), tmp_path / "chart.png"
    )
    assert not [warning for warning in recwarn if "Glyph" in str(warning.message)]


def test_importing_the_package_imports_no_drawing_library():
    code = (
        "import sys, marketdata_platform.charts; print(sorted({'plotly', 'matplotlib'} & "
        "set(sys.modules)))"
    )
    result = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    )
    assert result.stdout.strip() == "[]"


@pytest.mark.parametrize(
    "values",
    [
        [],
        [5],
        [1, 2],
        [3.0] * 500,
        list(range(10_000)),
        [Decimal("64250.12"), None, float("nan"), Decimal("1e-8")],
        [(-1) ** n * 10**12 for n in range(2_000)],
    ],
)
@pytest.mark.parametrize("size", [(160, 32), (1200, 400), (40, 12)])
def test_sparklines_stay_below_a_thousand_characters(values, size):
    svg = sparkline_svg(values, *size)
    ET.fromstring(svg)
    assert len(svg) < 1_000
    markdown = sparkline_markdown(values, *size)
    assert len(markdown) < 1_000
    encoded = re.fullmatch(
        r"!\[\]\(data:image/svg\+xml;base64,([A-Za-z0-9+/=]+)\)", markdown
    ).group(1)
    assert base64.b64decode(encoded).decode() == svg


def test_a_sparkline_follows_its_values_and_says_their_direction():
    rising, falling = sparkline_svg([1, 2, 3]), sparkline_svg([3, 2, 1])
    points = re.search(r'points="([^"]+)"', rising).group(1).split()
    heights = [int(point.split(",")[1]) for point in points]
    assert heights == sorted(heights, reverse=True)
    assert re.search(r'stroke="([^"]+)"', rising).group(1) != re.search(
        r'stroke="([^"]+)"', falling
    ).group(1)
    assert rising == sparkline_svg([Decimal(1), 2, None, 3.0])
