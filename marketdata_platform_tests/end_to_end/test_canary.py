"""A canary in every place that takes a secret; it is then looked for in everything that is written
or said.
"""

from __future__ import annotations

import os
import subprocess
import sys
import time
from pathlib import Path

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from marketdata_platform.simulator.server.exchange import ExchangeConfig, SimulatedExchange
from marketdata_platform_tests.defs.live.live_instances import configured

CANARY = "c4n4ry5ecret"
KALSHI = "kalshi:event:KXSIM-26DEC31-T100"
COMMANDS = (
    ["land"],
    ["status"],
    ["gaps"],
    ["health"],
    ["repair"],
    ["query", "SELECT 1"],
    ["doctor"],
    ["metrics", "--once"],
    ["migrate", "--status"],
    ["rebuild"],
    ["archive", "export"],
    ["retain"],
    ["maintain"],
)


@pytest.fixture
def key(monkeypatch):
    """An RSA key in the environment, and a line from its middle."""
    made = rsa.generate_private_key(65537, 2048)
    kind = serialization.PrivateFormat.PKCS8
    pem = made.private_bytes(
        serialization.Encoding.PEM, kind, serialization.NoEncryption()
    ).decode()
    monkeypatch.setenv("MARKETDATA_KALSHI_KEY_ID", f"id-{CANARY}")
    monkeypatch.setenv("MARKETDATA_KALSHI_PRIVATE_KEY", pem)
    monkeypatch.setenv("MARKETDATA_BINANCE_API_KEY", f"b{CANARY}")
    monkeypatch.setenv("MARKETDATA_ARCHIVE__ACCESS_KEY_ID", f"AKIA{CANARY}")
    monkeypatch.setenv("MARKETDATA_ARCHIVE__SECRET_ACCESS_KEY", f"s3{CANARY}")
    return pem.splitlines()[3]


def written(place: dict[str, str]) -> str:
    """A configuration with passwords in the addresses of store, archive and venue; nobody is at the
    first two.
    """
    with_token = place["websocket"].replace("//", f"//user:{CANARY}@") + f"?token={CANARY}"
    return f"""
    gatherers = ["g1"]
    [store]
    url = "postgresql://nobody:{CANARY}@127.0.0.1:9/none?password={CANARY}"
    [archive]
    url = "s3://bucket/prefix"
    endpoint = "http://user:{CANARY}@127.0.0.1:9"
    [capture]
    session_seconds = 2
    overlap_seconds = 0.1
    [capture.instruments]
    "{KALSHI}" = ["trades", "book_deltas", "book_snapshots"]
    [endpoints."kalshi:event"]
    websocket = "{with_token}"
    rest = "{place["rest"].replace("//", f"//user:{CANARY}@")}"
    """


def said_by(root, arguments: list[str]) -> str:
    command = [sys.executable, "-m", "marketdata_platform.cli", "--root", str(root), *arguments]
    done = subprocess.run(
        command, capture_output=True, text=True, timeout=120, check=False, env=dict(os.environ)
    )
    return done.stdout + done.stderr


@pytest.mark.slow
def test_no_secret_is_in_any_file_log_event_or_message(tmp_path, monkeypatch, key, caplog):
    with SimulatedExchange(ExchangeConfig((KALSHI,), rate=100.0)) as exchange:
        text = written(exchange.endpoints()["kalshi:event"])
        with configured(tmp_path, monkeypatch, text) as live:
            config = {"ops": {"record": {"config": {"gatherer": "g1"}}}}
            recorded = live.execute("capture", run_config=config, raise_on_error=False)
            exchange.disconnect_all()
            failed = live.execute("land", raise_on_error=False)
            assert not failed.success
            time.sleep(0.1)
            said = {" ".join(arguments): said_by(live.root, arguments) for arguments in COMMANDS}
            for run in (recorded, failed):
                said[f"run {run.run_id}"] = repr(
                    [one.to_json() for one in live.instance.all_logs(run.run_id)]
                )
                said[f"config {run.run_id}"] = repr(live.instance.get_run_by_id(run.run_id))
            folders = [tmp_path, Path(live.instance.root_directory)]
    files = [path for folder in folders for path in folder.rglob("*") if path.is_file()]
    files = [path for path in files if path.name != "marketdata.toml"]  # where the user wrote them
    assert any("journal" in path.name for path in files), "nothing was recorded"
    said["the log"] = caplog.text
    said |= {str(path): path.read_bytes().decode("latin-1") for path in files}
    leaks = {
        name: text[max(text.find(CANARY) - 200, 0) :][:400]
        for name, text in said.items()
        if CANARY in text
    }
    assert not leaks, leaks
    assert not [name for name, text in said.items() if key in text]
    assert all(
        "Traceback" not in text for name, text in said.items() if name in map(" ".join, COMMANDS)
    )
