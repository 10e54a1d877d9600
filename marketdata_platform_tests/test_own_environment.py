"""The suite never touches what is the user's: root, configuration, credentials."""

import os
import subprocess
import sys
from pathlib import Path

from marketdata_platform_tests.own_environment import take_over, user_files

CHECKOUT = Path(__file__).resolve().parents[1]
# Tests that start processes: commands, gatherers, simulated exchanges, landing.
PROCESS_TESTS = (
    "marketdata_platform_tests/feeds/gathering/test_processes.py::"
    "test_sigterm_drains_all_that_was_received_and_says_so",
    "marketdata_platform_tests/cli/test_simulate.py",
)


def test_what_is_the_users_is_taken_away_and_what_is_for_tests_stays(tmp_path):
    environ = {
        "MARKETDATA_ROOT": "/theirs",
        "MARKETDATA_STORE__URL": "postgresql://them:secret@db/prod",
        "MARKETDATA_TEST_DATA": "/data",
        "DAGSTER_HOME": "/theirs",
        "AWS_SECRET_ACCESS_KEY": "secret",
        "AWS_PROFILE": "theirs",
        "PGPASSWORD": "secret",
        "PGHOST": "db",
        "HOME": "/home/them",
        "PATH": "/bin",
    }
    take_over(environ, tmp_path)
    assert not [name for name, value in environ.items() if "their" in value or "secret" in value]
    assert "PGHOST" not in environ
    assert environ["MARKETDATA_TEST_DATA"] == "/data"
    assert environ["PATH"] == "/bin"
    assert Path(environ["HOME"]).is_relative_to(tmp_path)


def test_nothing_of_the_users_is_left_in_this_process():
    given = {name: value for name, value in os.environ.items() if name.startswith(("AWS_", "PG"))}
    assert all(Path(value).stat().st_size == 0 for value in given.values())


def test_a_users_root_and_configuration_are_untouched_by_tests_that_start_processes(tmp_path):
    root, dagster_home = tmp_path / "theirs", tmp_path / "dagster"
    for folder in (root / "journal" / "g1", root / "data", dagster_home):
        folder.mkdir(parents=True)
    (root / "journal" / "g1" / "kept").write_text("a frame of theirs", encoding="utf-8")
    configuration = tmp_path / "marketdata.toml"
    configuration.write_text(f'root = "{root}"\nno_such_key = 1\n', encoding="utf-8")
    before = user_files(tmp_path)
    environ = {
        **os.environ,
        "MARKETDATA_ROOT": str(root),
        "MARKETDATA_CONFIG": str(configuration),
        "MARKETDATA_STORE__URL": "postgresql://them@127.0.0.1:1/theirs",
        "DAGSTER_HOME": str(dagster_home),
        "AWS_PROFILE": "no-such-profile",
        "PGSERVICE": "no-such-service",
    }
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", *PROCESS_TESTS]
    done = subprocess.run(
        command, cwd=CHECKOUT, env=environ, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout[-4000:]
    assert user_files(tmp_path) == before
