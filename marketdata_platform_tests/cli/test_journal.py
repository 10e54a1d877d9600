"""`marketdata journal` on real journals: what it prints, its exit status, and that the importer
reads what it plays.
"""

import json
import os
import subprocess
import sys
import time

import pytest

from marketdata_platform.core.instrument import Instrument
from marketdata_platform.history.formats.recognise import detect
from marketdata_platform.history.trade_file import open_file
from marketdata_platform.journal import JournalOptions, JournalWriter
from marketdata_platform_tests.cli.commands import WIDTH, Terminal

START_NS = 1_700_006_400_000_000_000
STEP_NS = 20_000_000


def trade(number):
    text = (
        f'{{"e":"trade","E":{START_NS // 10**6 + number},"s":"BTCUSDT","t":{number},"p":"100.5",'
        '"q":"1","m":false'
    )
    return f'{text},\n"T":{START_NS // 10**6 + number},"X":"MARKET"}}'.encode()


@pytest.fixture
def terminal(tmp_path, monkeypatch):
    monkeypatch.setenv("MARKETDATA_ROOT", "")
    made = Terminal(monkeypatch, tmp_path)
    folder = tmp_path / "journals" / "tokyo"
    with JournalWriter(folder, "tokyo", JournalOptions(segment_bytes=2048)) as writer:
        for number in range(20):
            stream = "binance:futures:BTCUSDT@trade" if number % 2 == 0 else "other"
            writer.append(stream, trade(number), START_NS + number * STEP_NS, number * STEP_NS)
    return made


def test_ls_shows_every_gatherer_s_segments_within_the_terminal(terminal):
    ran = terminal.run("journal", "ls")
    assert ran.status == 0
    assert "tokyo" in ran.out
    assert "sealed" in ran.out
    assert max(map(len, ran.out.splitlines())) <= WIDTH
    assert terminal.run("journal", "ls", terminal.root / "journals" / "tokyo").out == ran.out


def test_check_counts_each_stream_and_fails_on_damage(terminal):
    ran = terminal.run("journal", "check", "tokyo")
    assert ran.status == 0
    assert "ok 20 frames" in ran.out
    assert "binance:futures:BTCUSDT@trade" in ran.out
    path = sorted((terminal.root / "journals" / "tokyo").glob("*.zst"))[0]
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 4
    path.write_bytes(data)
    ran = terminal.run("journal", "check", "tokyo")
    assert ran.status == 1
    assert "damaged" in ran.out
    assert "The rest of it was read" in " ".join(ran.out.split())


def test_cat_prints_positions_that_from_goes_on_at(terminal):
    lines = terminal.run("journal", "cat", "tokyo", "--stream", "*@trade").out.splitlines()
    assert len(lines) == 10
    position, received, stream, frame = lines[3].split(" ", 3)
    assert (received, stream) == ("2023-11-15T00:00:00.120000000Z", "binance:futures:BTCUSDT@trade")
    assert frame.startswith('{"e":"trade"')
    again = terminal.run(
        "journal", "cat", "tokyo", "--from", position, "--stream", "*@trade", "--limit", 2
    ).out
    assert again.splitlines() == lines[3:5]


def test_cat_gives_whole_frames_as_json_and_no_control_characters_as_text(terminal):
    with JournalWriter(terminal.root / "journals" / "paris", "paris") as writer:
        writer.append("s", b"\x1b[2J" + b"x" * 500 + b"\xff", 1, 2)
    (line,) = terminal.run("journal", "cat", "paris").out.splitlines()
    assert "\x1b" not in line
    assert line.endswith("x…")
    (found,) = [
        json.loads(line)
        for line in terminal.run("journal", "cat", "paris", "--json").out.splitlines()
    ]
    assert found["frame"] == "\x1b[2J" + "x" * 500 + "\ufffd"
    assert (found["position"], found["recv_ns"], found["mono_ns"], found["stream"]) == (
        "1:256",
        1,
        2,
        "s",
    )


def played(terminal, *words):
    command = [sys.executable, "-c", "from marketdata_platform.cli import main; main()"]
    words = ["--root", str(terminal.root), "journal", "replay", "tokyo", *words]
    return subprocess.run(
        [*command, *words], capture_output=True, check=True, env={**os.environ}
    ).stdout


def test_what_replay_prints_is_what_the_importer_reads(terminal, tmp_path):
    text = played(terminal, "--speed", "max")
    assert len(text.splitlines()) == 20
    path = tmp_path / "frames.txt"
    path.write_bytes(text)
    assert detect(text, path.name, "binance").name == "frames"
    instrument = Instrument.parse("binance:futures:BTCUSDT")
    batches = list(open_file(path, instrument).batches())
    assert [i for batch in batches for i in batch.rows["trade_id"].to_pylist()] == [
        str(n) for n in range(20)
    ]
    assert not any(batch.rejected for batch in batches)


def test_replay_keeps_the_time_between_frames_scaled(terminal):
    begun = time.monotonic()
    played(terminal, "--speed", "max")
    fast = time.monotonic() - begun
    begun = time.monotonic()
    played(terminal, "--speed", "0.25")
    assert time.monotonic() - begun - fast > 19 * STEP_NS / 1e9 / 0.25 * 0.6


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("journal", "cat", "nobody"), "there: tokyo"),
        (("journal", "cat", "tokyo", "--from", "x"), "SEGMENT:OFFSET"),
        (("journal", "replay", "tokyo", "--speed", "fast"), "--speed is a number above 0"),
    ],
)
def test_a_wrong_name_position_or_speed_is_an_error_that_says_what_is_right(terminal, words, said):
    ran = terminal.run(*words)
    assert ran.status == 1
    assert said in " ".join(ran.err.split())
