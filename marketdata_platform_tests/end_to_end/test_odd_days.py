"""Odd days through the whole line: import, derive, read, archive, verify, chart."""

from datetime import timedelta
from decimal import Decimal

import polars as pl
import pytest

from marketdata_platform.charts.html import render_html
from marketdata_platform.charts.png import render_png
from marketdata_platform.core.datasets import DERIVED
from marketdata_platform.workflows.archiving.days import ArchiveOutcome, archive_day
from marketdata_platform.workflows.archiving.verify import verify
from marketdata_platform.workflows.watching.quality import conservation, row_constraints
from marketdata_platform_tests.end_to_end.deployments import (
    FUTURES,
    HOUR_MS,
    SMALL,
    day,
    mostly_slow,
    opened,
    tables,
    tardis_file,
    usdm_rows,
    walk,
)
from marketdata_platform_tests.history.dumps import write

LARGEST = "46000000000"  # an exchange's own maximum lot
EVENLY = [(i, "100.5", "0.25", i * HOUR_MS // 10, i % 2 == 0) for i in range(200)]
ODD = {
    "one trade only": [(7, "64943.90", "0.069", HOUR_MS, True)],
    "all at one price": EVENLY,
    "all in one moment": [(i, f"{100 + i % 3}", "1", HOUR_MS, i % 2 == 0) for i in range(200)],
    "the smallest price": [
        (i, f"0.0000000{1 + i % 3}", "1000", i * HOUR_MS // 10, i % 3 == 0) for i in range(200)
    ],
    "the largest lots": [
        (i, f"{1 + i % 5}.12345678", LARGEST, i * HOUR_MS // 10, i % 3 == 0) for i in range(50)
    ],
    "the highest price": [
        (i, "9999999999.99999999", "0.00000001", i * HOUR_MS // 10, i % 3 == 0) for i in range(50)
    ],
    "the smallest price and lot": [
        (i, "0.00000001", "0.00000001", i * HOUR_MS // 10, i % 3 == 0) for i in range(50)
    ],
    "only buys": [(i, "5", "2", i * HOUR_MS // 10, False) for i in range(200)],
}
QUICK = ["one trade only", "all at one price", "the smallest price", "the largest lots"]


def through(platform, days):
    """Derive, check, archive, verify and draw; returns all tables."""
    platform.derive(FUTURES, days)
    made = platform.derivations(FUTURES)
    for name in ("trades", *(d.name for d in DERIVED)):
        if name != "trades":
            assert row_constraints(platform.store, name, FUTURES, days).said == []
        if name.startswith("bar__") or name in ("order_flow", "footprint", "market_profile"):
            assert conservation(platform.store, made, name, FUTURES, days).said == []
        for one in days:
            done = archive_day(platform.store, platform.archive, name, FUTURES, one)
            assert done.outcome in (ArchiveOutcome.WRITTEN, ArchiveOutcome.NO_ROWS)
    verdicts = verify(platform.store, platform.archive)
    assert verdicts
    assert [v.problem for v in verdicts if not v.ok] == []
    data = platform.chart_data(FUTURES, days[0], days[-1])
    for name, render in (("chart.html", render_html), ("chart.png", render_png)):
        render(data, platform.root / name)
        assert (platform.root / name).stat().st_size > 10_000
    return tables(platform, FUTURES, ["trades"])


@pytest.mark.parametrize("kind", mostly_slow(ODD, QUICK))
def test_an_odd_day_goes_through_exactly(tmp_path, kind):
    rows = ODD[kind]
    platform = opened(tmp_path / "root", **SMALL)
    result = platform.import_file(
        write(tmp_path / "day.csv", usdm_rows(rows)), FUTURES, format="binance-trades"
    )
    assert (result.inserted, result.quarantined) == (len(rows), 0)
    found = through(platform, [day(0)])

    volume = sum(Decimal(q) for _, _, q, _, _ in rows)
    quote = sum(Decimal(p) * Decimal(q) for _, p, q, _, _ in rows)
    daily = found["bar__kline"].filter(pl.col("interval") == "1d").row(0, named=True)
    assert daily["volume"] == volume
    assert daily["quote_volume"] == quote
    assert daily["buy_volume"] == sum(Decimal(q) for _, _, q, _, sells in rows if not sells)
    assert daily["high"] == max(Decimal(p) for _, p, *_ in rows)
    assert daily["low"] == min(Decimal(p) for _, p, *_ in rows)
    assert daily["trades"] == len(rows)
    assert found["market_profile"]["volume"].sum() == volume
    assert (
        found["order_flow"][
            "volume" if "volume" in found["order_flow"].columns else "buy_volume"
        ].sum()
        <= volume
    )


def test_a_day_without_trades_gives_no_rows_and_leaves_the_days_around_it_alone(tmp_path):
    platform = opened(tmp_path / "root", **SMALL)
    for number in (0, 2):
        platform.import_file(
            write(tmp_path / f"{number}.csv", usdm_rows(walk(number, 300))), FUTURES
        )
    found = through(platform, [day(0), day(1), day(2)])
    between = (day(1), day(1) + timedelta(days=1))
    lives_on = {"fair_value_gaps", "supply_demand_zones"}
    for name in found:
        assert platform.read(name, FUTURES, *between).is_empty() or name in lives_on

    made = {r.dataset: r for r in platform.derive(FUTURES, [day(1)])}
    assert {r.rows for name, r in made.items() if name not in lives_on} == {0}
    assert not any(r.computed for r in made.values())


def test_unknown_sides_follow_the_tick_rule_in_every_dataset(tmp_path):
    prices = [100, 100, 101, 101, 100, 102, 102, 99]
    signs = [0, 0, 1, 1, -1, 1, 1, -1]  # none until the first change, then the last change's
    rows = [(i, str(p), "1.5", i * HOUR_MS, "unknown") for i, p in enumerate(prices)]
    platform = opened(tmp_path / "root", **SMALL)
    result = platform.import_file(tardis_file(tmp_path / "trades.csv", rows), FUTURES)
    assert (result.format, result.inserted, result.quarantined) == ("tardis-trades", 8, 0)
    found = through(platform, [day(0)])

    assert found["trades"]["side"].unique().to_list() == ["unknown"]
    buys, sells = (Decimal("1.5") * signs.count(s) for s in (1, -1))
    daily = found["bar__kline"].filter(pl.col("interval") == "1d").row(0, named=True)
    assert daily["volume"] == 12
    for name in ("order_flow", "footprint", "market_profile"):
        assert (found[name]["buy_volume"].sum(), found[name]["sell_volume"].sum()) == (
            buys,
            sells,
        ), name
    assert found["order_flow"]["cvd"][-1] == buys - sells


@pytest.mark.parametrize(
    ("price", "quantity", "said"),
    [
        ("0.000000001", "1", "price"),
        ("1", "92233720369", "quantity"),
        ("0", "1", "price"),
        ("1", "-1", "quantity"),
        ("99999999999", "1", "price"),
        ("nan", "1", "price"),
    ],
)
def test_numbers_that_do_not_fit_go_to_quarantine_and_the_rest_is_kept(
    tmp_path, price, quantity, said
):
    rows = [
        (1, "100", "1", 0, True),
        (2, price, quantity, 1_000, True),
        (3, "101", "1", 2_000, True),
    ]
    platform = opened(tmp_path / "root")
    result = platform.import_file(
        write(tmp_path / "day.csv", usdm_rows(rows)), FUTURES, format="binance-trades"
    )
    held = platform.read("quarantine", FUTURES).row(0, named=True)

    assert (result.inserted, result.quarantined) == (2, 1)
    assert held["position"] == 2
    assert said in held["reason"]
    assert price in held["payload"]
    assert platform.read("trades", FUTURES)["trade_id"].to_list() == ["1", "3"]
