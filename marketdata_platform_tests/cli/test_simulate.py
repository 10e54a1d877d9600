"""`marketdata simulate` in this process and as one of its own: what it prints, writes, and answers
meanwhile.
"""

import json
import os
import re
import signal
import subprocess
import sys
import urllib.request

import polars as pl
import pytest

from marketdata_platform.journal import JournalOptions, JournalWriter
from marketdata_platform.settings import load_settings
from marketdata_platform_tests.cli.commands import WIDTH, Terminal

NAMES = ("binance:spot:BTCUSDT", "kalshi:event:KXSIM-26DEC31-T100")
NOW_NS = 1_786_310_820_000_000_000


@pytest.fixture
def terminal(tmp_path, monkeypatch):
    monkeypatch.setenv("MARKETDATA_ROOT", "")
    return Terminal(monkeypatch, tmp_path)


def test_it_prints_a_configuration_that_is_valid_and_the_truth_at_its_end(
    terminal, tmp_path, monkeypatch
):
    options = [word for name in NAMES for word in ("--instrument", name)]
    told = tmp_path / "truth.parquet"
    ran = terminal.run(
        "simulate", *options, "--seconds", 0.4, "--rate", 2_000, "--seed", 3, "--truth", told
    )
    assert ran.status == 0, ran.err
    block, _, report = ran.out.partition("What happened")
    path = tmp_path / "marketdata.toml"
    path.write_text(block.partition("\n")[2], "utf-8")
    monkeypatch.setenv("MARKETDATA_CONFIG", str(path))
    settings = load_settings(tmp_path)
    assert [str(one) for one in settings.captured()] == list(NAMES)
    assert settings.endpoint("binance", "spot").rest.startswith("http://127.0.0.1:")
    trades = pl.read_parquet(told)
    assert set(trades["instrument"]) == set(NAMES)
    assert re.search(
        rf"binance:spot:BTCUSDT +{trades.filter(pl.col('instrument') == NAMES[0]).height:,} ",
        report,
    )
    assert max(map(len, report.splitlines())) <= WIDTH or f"trades are in {told}" in report


def test_truth_as_json_lines_keeps_numbers_exact(terminal, tmp_path):
    path = tmp_path / "truth.jsonl"
    ran = terminal.run(
        "simulate", "--instrument", NAMES[0], "--seconds", 0.3, "--rate", 500, "--truth", path
    )
    assert ran.status == 0, ran.err
    rows = [json.loads(line) for line in path.read_text("utf-8").splitlines()]
    assert rows and re.fullmatch(r"\d+\.\d{8}", rows[0]["price"])


def test_a_journal_is_replayed_by_its_gatherer_s_name(terminal):
    with JournalWriter(terminal.root / "journals" / "g1", "g1", JournalOptions()) as writer:
        frame = (
            b'{"stream":"btcusdt@trade","data":{"e":"trade","s":"BTCUSDT","t":1,"p":"1","q":"1",'
            b'"T":1786310820000}}'
        )
        writer.append("binance:spot/ws/abc", frame, NOW_NS, 1)
        writer.append("binance:spot/note/abc", b"{}", NOW_NS, 1)
    ran = terminal.run(
        "simulate", "--replay", "g1", "--speed", "max", "--clients", 0, "--seconds", 1.5
    )
    assert ran.status == 0, ran.err
    assert '[endpoints."binance:spot"]' in ran.out
    assert "1 recorded frames were played" in ran.out


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--faults", "lose=1"), "no fault is called"),
        (("--speed", "fast"), "a speed is"),
        (("--speed", "max"), "--speed max is for --replay"),
        (("--instrument", "uniswap_v3:dex:0x1"), "has no market of"),
        (("--rate", "0"), "rate 0"),
        (("--seconds", "0", "--truth", "truth.csv"), "must end with"),
    ],
)
def test_what_cannot_be_simulated_is_an_error_that_says_why(terminal, words, said):
    ran = terminal.run("simulate", *words)
    assert ran.status == 1
    assert said in " ".join(ran.err.split())


def test_sigterm_ends_it_and_it_still_tells_its_truth(tmp_path):
    command = [
        sys.executable,
        "-m",
        "marketdata_platform.cli",
        "simulate",
        "--instrument",
        NAMES[0],
        "--rate",
        "500",
    ]
    running = subprocess.Popen(
        command,
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, "MARKETDATA_ROOT": str(tmp_path)},
    )
    first = running.stdout.readline()
    port = re.search(r"127\.0\.0\.1:(\d+)", first)[1]
    with urllib.request.urlopen(f"http://127.0.0.1:{port}/binance/spot/api/v3/time") as answer:
        assert json.load(answer)["serverTime"] > 0
    running.send_signal(signal.SIGTERM)
    out, _ = running.communicate(timeout=20)
    assert running.returncode == 0
    assert "What happened" in out and NAMES[0] in out
