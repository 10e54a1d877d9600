"""Each command's exit status, its output in 80 columns, and what it says when something is
wrong.
"""

import json
import os
import subprocess
import sys

import pytest

from marketdata_platform_tests.cli.commands import WIDTH, Terminal
from marketdata_platform_tests.end_to_end.deployments import FUTURES, day, usdm_rows, walk
from marketdata_platform_tests.history.dumps import usdm_row, with_checksum, write


@pytest.fixture(scope="module", autouse=True)
def patch():
    with pytest.MonkeyPatch.context() as made:
        made.setenv("MARKETDATA_ROOT", "")  # commands set it; this puts it back afterwards
        made.setenv("DAGSTER_HOME", "")
        yield made


@pytest.fixture(scope="module")
def files(tmp_path_factory):
    """A folder with two good dumps, one with a wrong CHECKSUM, one cut off, one of no format, one
    with a bad row.
    """
    folder = tmp_path_factory.mktemp("dumps")
    for number in (0, 1, 2):
        path = write(
            folder / f"BTCUSDT-trades-{day(number)}.zip", usdm_rows(walk(number, 300, number * 300))
        )
        with_checksum(path, "0" * 64 if number == 2 else None)
    (folder / f"BTCUSDT-trades-{day(3)}.zip").write_bytes(path.read_bytes()[:900])
    (folder / f"BTCUSDT-trades-{day(4)}.csv").write_text("hello,world\n1,2\n")
    rows = [
        usdm_row(9_000, quantity="-1"),
        usdm_row(9_001, quantity="-2"),
        usdm_row(9_002, price="-1"),
    ]
    bad = usdm_rows(walk(5, 10, 1_500)) + "\n".join(rows) + "\n"
    (folder / f"BTCUSDT-trades-{day(5)}.csv").write_text(bad)
    return folder


@pytest.fixture(scope="module")
def terminal(patch, files, tmp_path_factory):
    made = Terminal(patch, tmp_path_factory.mktemp("root"))
    made.imported = made.run("import", files, "--instrument", FUTURES)
    made.backfilled = made.run("backfill", "all", "--from", day(0), "--to", day(1))
    return made


def test_one_bad_file_does_not_stop_the_others_and_the_exit_status_tells(terminal):
    ran = terminal.imported
    assert ran.status == 1
    for name, error in (
        (day(2), "ChecksumMismatch"),
        (day(3), "damaged or cut off"),
        (day(4), "UnsupportedFormat"),
    ):
        assert any(
            f"BTCUSDT-trades-{name}" in line and error in line for line in ran.err.splitlines()
        ), ran.err
    assert "300 inserted" in ran.out
    assert "3 quarantined" in ran.out
    assert terminal.run("query", "SELECT count(*) FROM trades", "--format", "csv").out.split() == [
        "count_star()",
        "610",
    ]


def test_a_wrong_checksum_is_imported_when_it_is_allowed(terminal, files, patch, tmp_path):
    other = Terminal(patch, tmp_path)
    path = files / f"BTCUSDT-trades-{day(2)}.zip"
    refused = other.run("import", path, "--instrument", FUTURES)
    assert refused.status == 1
    assert "--allow-bad-checksum" in refused.err
    allowed = other.run("import", path, "--instrument", FUTURES, "--allow-bad-checksum")
    assert allowed.status == 0
    assert "bad, allowed" in allowed.out


def test_quarantine_is_a_table(terminal):
    ran = terminal.run(
        "query",
        "SELECT source, position, reason, payload FROM quarantine ORDER BY position",
        "--format",
        "json",
    )
    rows = [json.loads(line) for line in ran.out.splitlines()]
    assert [row["position"] for row in rows] == [11, 12, 13]
    assert "quantity" in rows[0]["reason"]
    assert "price" in rows[2]["reason"]
    assert rows[0]["payload"].startswith("9000,")


def test_status_counts_and_gives_reasons_by_kind(terminal):
    ran = terminal.run("status")
    assert ran.status == 0
    assert "610" in ran.out
    assert "gap" in ran.out
    (state,) = (json.loads(line) for line in terminal.run("status", "--json").out.splitlines())
    assert state["trades"] == 610
    assert state["quarantined"] == sum(state["quarantine_reasons"].values()) == 3
    assert sorted(state["quarantine_reasons"].values()) == [1, 2]


def test_a_backfill_says_what_it_did_and_a_second_does_nothing(terminal):
    assert terminal.backfilled.status == 0
    assert "1 run(s), 2 instrument-day(s): 1 succeeded, 0 failed." in terminal.backfilled.out
    again = terminal.run("backfill", "bars", "order_flow", "--to", day(1))
    assert again.status == 0
    assert "Everything is up to date" in again.out


def test_verify_passes_and_names_a_flipped_bit(terminal):
    ran = terminal.run("verify")
    assert ran.status == 0
    assert "equal manifest and store" in ran.out
    file = next((terminal.root / "archive" / "raw").rglob("*.parquet"))
    data = file.read_bytes()
    file.write_bytes(data[:200] + bytes([data[200] ^ 4]) + data[201:])
    failed = terminal.run("verify", "--dataset", "trades")
    file.write_bytes(data)
    assert failed.status == 1
    assert "sha256" in " ".join(failed.out.split())


def test_chart_writes_a_page_and_a_picture(terminal):
    ran = terminal.run("chart", FUTURES, "--interval", "5m", "--from", day(0), "--to", day(0))
    assert ran.status == 0
    html, png = (line.split("  (")[0] for line in ran.out.splitlines() if "  (" in line)
    assert html.endswith(".html")
    assert png.endswith(".png")
    assert all(os.path.getsize(path) > 20_000 for path in (html, png))  # noqa: PTH202


@pytest.mark.parametrize(
    "command", [("status",), ("doctor",), ("schema",), ("query", "SELECT * FROM imports")]
)
def test_tables_fit_in_eighty_columns(terminal, command):
    ran = terminal.run(*command)
    assert ran.status == 0
    wide = [line for line in ran.out.splitlines() if len(line) > WIDTH]
    assert wide == [] or command == ("doctor",)


REFUSED = {
    "an unknown instrument": (
        ("chart", "binance:spot:NOPE"),
        "holds no binance:spot:NOPE; it holds binance",
    ),
    "a bad instrument": (
        ("backfill", "bars", "--instrument", "BTC"),
        "must be venue:market:symbol",
    ),
    "a missing file": (
        ("import", "/nowhere.csv", "--instrument", "a:b:C"),
        "/nowhere.csv does not exist",
    ),
    "no file": (("import", "--instrument", "a:b:C"), "no file is given"),
    "a wrong format": (
        ("import", "FILE", "--instrument", "binance:futures:BTCUSDT", "--format", "x"),
        "no format is called",
    ),
    "a wrong market": (
        ("import", "FILE", "--instrument", "binance:spot:BTCUSDT"),
        "is not of market 'spot'",
    ),
    "a wrong symbol": (("import", "FILE", "--instrument", "binance:futures:ETHUSDT"), "BTCUSDT"),
    "an unknown table": (("query", "SELECT * FROM nope"), "Table with name nope does not exist"),
    "a statement that writes": (("query", "DROP TABLE trades"), "queries are read-only"),
    "an inverted range": (
        ("backfill", "--from", "2024-07-19", "--to", "2024-07-18"),
        "nothing would be done",
    ),
    "an unknown asset": (("backfill", "nope"), "no asset or group is called 'nope'"),
    "an unknown interval": (
        ("chart", "binance:futures:BTCUSDT", "--interval", "7m"),
        "no interval is called '7m'",
    ),
    "an unknown dataset": (("verify", "--dataset", "nope"), "no dataset is called 'nope'"),
}


@pytest.mark.parametrize("what", REFUSED)
def test_a_mistake_is_one_message_and_exit_status_1(terminal, files, what):
    words, message = REFUSED[what]
    ran = terminal.run(
        *(files / f"BTCUSDT-trades-{day(0)}.zip" if w == "FILE" else w for w in words)
    )
    said = " ".join(ran.err.split())
    assert ran.status == 1
    assert message in said
    assert "Traceback" not in ran.err + ran.out


@pytest.mark.parametrize(
    "words", [("backfill", "bars", "--from", "2024-13-01"), ("frobnicate",), ("import", "x.csv")]
)
def test_words_that_are_no_command_line_are_refused(terminal, words):
    ran = terminal.run(*words)
    assert ran.status != 0
    assert "Error" in ran.out + ran.err
    assert "Traceback" not in ran.out + ran.err


def test_an_empty_root_says_what_to_run_first(patch, tmp_path):
    empty = Terminal(patch, tmp_path / "empty")
    for words in (("status",), ("chart", "a:b:C"), ("backfill", "bars")):
        ran = empty.run(*words)
        assert ran.status == 1
        assert "run `marketdata import`" in " ".join(ran.err.split())
    assert empty.run("query", "SELECT count(*) FROM trades", "--format", "csv").status == 0
    assert not (tmp_path / "empty").exists()


def test_the_root_may_come_after_the_command_or_from_the_environment(terminal):
    expected = terminal.run("status", "--json").out
    assert terminal.run("status", "--json", root="last").out == expected
    with pytest.MonkeyPatch.context() as here:
        here.setenv("MARKETDATA_ROOT", str(terminal.root))
        assert terminal.run("status", "--json", root="left out").out == expected


def test_a_locked_store_names_the_process_that_holds_it(terminal):
    file = terminal.root / "data/binance/futures/BTCUSDT/trading.duckdb"
    script = (
        f"import duckdb, sys; c = duckdb.connect({str(file)!r}); print('held', flush=True); "
        "sys.stdin.read()"
    )
    holder = subprocess.Popen(
        [sys.executable, "-c", script], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    )
    try:
        assert holder.stdout.readline() == b"held\n"
        with pytest.MonkeyPatch.context() as here:
            here.setenv("MARKETDATA_STORE__LOCK_TIMEOUT_SECONDS", "0.2")
            for words in (("status",), ("query", "SELECT count(*) FROM trades"), ("verify",)):
                ran = terminal.run(*words)
                assert ran.status == 1, words
                assert "StoreLocked" in ran.err
                assert str(holder.pid) in ran.err
            assert str(holder.pid) in terminal.run("doctor").out
    finally:
        holder.communicate()


def test_a_root_that_cannot_be_a_folder_is_one_message(patch, files, tmp_path):
    (tmp_path / "file").write_text("not a folder")
    blocked = Terminal(patch, tmp_path / "file" / "root")
    path = files / f"BTCUSDT-trades-{day(0)}.zip"
    for words in (("import", path, "--instrument", FUTURES), ("backfill", "bars"), ("status",)):
        ran = blocked.run(*words)
        assert ran.status == 1
        assert ran.err.strip()
        assert "Traceback" not in ran.err + ran.out


def test_an_invalid_configuration_names_the_key_and_what_is_allowed(terminal, patch, tmp_path):
    path = tmp_path / "marketdata.toml"
    path.write_text("[vpin]\nwindoww = 3\n")
    with pytest.MonkeyPatch.context() as here:
        here.setenv("MARKETDATA_CONFIG", str(path))
        ran, looked = terminal.run("status"), terminal.run("doctor")
    assert ran.status == looked.status == 1
    assert "vpin.windoww: unknown key; allowed here: bucket_volume" in " ".join(ran.err.split())
    assert "problem" in looked.out
