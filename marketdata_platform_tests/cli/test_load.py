"""`marketdata load` as a user runs it."""

import pyarrow.parquet as pq
import pytest

from marketdata_platform_tests.cli.commands import Terminal
from marketdata_platform_tests.stores.contract import many


@pytest.fixture
def terminal(tmp_path, monkeypatch):
    return Terminal(monkeypatch, tmp_path / "root")


def test_files_are_loaded_side_by_side_and_a_refused_one_stops_no_other(terminal, tmp_path):
    files = tmp_path / "files"
    files.mkdir()
    pq.write_table(many(1, 60), files / "a.parquet")
    pq.write_table(many(50, 100), files / "b.parquet")
    (files / "c.csv").write_text("x,y\n1,2\n")

    first = terminal.run("load", files, "--instrument", "binance:spot:BTCUSDT")
    assert first.status == 1
    assert "c.csv" in first.err and "those of no dataset" in first.err
    assert "99 " not in first.err
    counted = terminal.run(
        "query",
        "SELECT count(*) AS n, count(DISTINCT trade_id) AS ids FROM trades",
        "--format",
        "json",
    )
    assert '"n": 99, "ids": 99' in counted.out

    again = terminal.run("load", files / "a.parquet", "--instrument", "binance:spot:BTCUSDT")
    assert again.status == 0
    assert "59 were loaded before" in again.out


def test_a_query_may_give_two_columns_one_name(terminal, tmp_path):
    pq.write_table(many(1, 3), tmp_path / "a.parquet")
    terminal.run("load", tmp_path / "a.parquet", "--instrument", "binance:spot:BTCUSDT")
    shown = terminal.run(
        "query", "SELECT a.trade_id, b.trade_id FROM trades a JOIN trades b USING (sequence)"
    )
    assert shown.status == 0
    assert "2 row(s)" in shown.out
