"""`marketdata venue new`: everything is there, nothing is guessed, and what is said is enough."""

import importlib
import os
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

from marketdata_platform.core.errors import ConfigurationError
from marketdata_platform_tests.cli.commands import Terminal
from marketdata_platform_tests.cli.venue_template.filling import unsaid_in
from marketdata_platform_tests.cli.venue_template.lemon import VALUES
from marketdata_platform_tests.cli.venue_template.lemon_files import (
    ENTRY_POINTS,
    install,
    said,
    texts,
)
from marketdata_platform_tests.venues import stream_examples

CHECKOUT, PACKAGE = texts(package=False), texts(package=True)
STATEMENTS = [
    (path, one.what)
    for path, text in PACKAGE.items()
    if path.endswith(".py")
    for one in unsaid_in(text)
]


@pytest.fixture
def terminal(monkeypatch, tmp_path):
    return Terminal(monkeypatch, tmp_path / "root")


def written(folder):
    return {
        path.relative_to(folder).as_posix(): path.read_text("utf-8")
        for path in folder.rglob("*")
        if path.is_file() and path.name != "venue.py"
    }


def checkout(folder):
    """As far as the command looks at it."""
    (folder / "marketdata_platform/venues").mkdir(parents=True)
    (folder / "marketdata_platform/venues/venue.py").touch()
    return folder


def test_the_files_are_written_into_a_checkout_or_as_a_package(terminal, tmp_path):
    inside, outside = checkout(tmp_path / "checkout"), tmp_path / "outside"
    ran = terminal.run("venue", "new", "lemon", "--into", inside)
    assert ran.status == 0 and "SIMULATED_VENUES" in ran.out
    assert written(inside) == CHECKOUT
    ran = terminal.run("venue", "new", "lemon", "--package", "--into", outside)
    assert ran.status == 0 and "pip install -e" in ran.out
    assert written(outside) == PACKAGE


def test_nothing_is_overwritten_and_then_nothing_is_written(terminal, tmp_path):
    folder = checkout(tmp_path)
    taken = folder / "marketdata_platform_tests/venues/lemon"
    taken.mkdir(parents=True)
    before = written(folder)
    ran = terminal.run("venue", "new", "lemon", "--into", folder)
    assert ran.status == 1 and "exists: nothing is overwritten" in " ".join(ran.err.split())
    assert written(folder) == before


@pytest.mark.parametrize(
    ("name", "why"),
    [
        ("Lemon", "must be 1-32 of a-z, 0-9, _"),
        ("../lemon", "must be 1-32 of a-z, 0-9, _"),
        ("l" * 33, "must be 1-32 of a-z, 0-9, _"),
        ("0x", "cannot be a Python module"),
        ("class", "cannot be a Python module"),
        ("bybit", "there is a venue 'bybit' already"),
    ],
)
def test_a_name_that_no_instrument_can_have_is_refused(terminal, tmp_path, name, why):
    ran = terminal.run("venue", "new", name, "--package", "--into", tmp_path / "new")
    assert ran.status == 1 and why in " ".join(ran.err.split())
    assert not (tmp_path / "new").exists()


def test_a_folder_that_is_no_checkout_is_refused(terminal, tmp_path):
    ran = terminal.run("venue", "new", "lemon", "--into", tmp_path)
    assert ran.status == 1 and "is no checkout" in " ".join(ran.err.split())
    assert list(tmp_path.iterdir()) == []


def test_the_entry_points_of_the_package_lead_to_its_objects():
    told = tomllib.loads(PACKAGE["marketdata-lemon/pyproject.toml"])["project"]["entry-points"]
    lines = [
        line
        for group, points in told.items()
        for line in (f"[{group}]", *(f"{name} = {target}" for name, target in points.items()))
    ]
    assert lines == ENTRY_POINTS.splitlines()


def test_the_packages_copy_of_the_examples_shape_is_ours():
    copy = PACKAGE["marketdata-lemon/tests/stream_examples.py"]
    assert copy == Path(stream_examples.__file__).read_text("utf-8")


@pytest.fixture
def imported(monkeypatch, tmp_path):
    """Imports a module of the package, with everything said but one thing; nothing stays loaded."""

    def load(name, left):
        for path, text in PACKAGE.items():
            target = tmp_path / path
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_text(said(path, text, package=True, left=left), "utf-8")
        monkeypatch.syspath_prepend(tmp_path / "marketdata-lemon")
        monkeypatch.syspath_prepend(tmp_path / "marketdata-lemon/tests")
        importlib.invalidate_caches()
        return importlib.import_module(name)

    before = set(sys.modules)
    yield load
    for name in set(sys.modules) - before:
        if name.startswith(("marketdata_lemon", "small_frames", "stream_examples")):
            del sys.modules[name]


def module_of(path):
    parts = Path(path).relative_to("marketdata-lemon").with_suffix("").parts
    if parts[0] == "tests":
        return parts[1]
    # What the venue's object is made of is said when the venue is loaded.
    heavy = parts[-1] in ("decode", "simulator")
    return ".".join(parts) if heavy else "marketdata_lemon"


@pytest.mark.parametrize(("path", "what"), STATEMENTS, ids=[what for _, what in STATEMENTS])
def test_whatever_is_not_said_is_named_with_its_file_and_line(imported, path, what):
    with pytest.raises(ConfigurationError) as raised:
        imported(module_of(path), left=what)
    assert str(raised.value).startswith(f"lemon: say `{what}` in ")
    file, line = str(raised.value).split(" in ")[1].split(": ")[0].rsplit(":", 1)
    assert file.endswith(path)
    assert f'"{what}"' in "".join(Path(file).read_text("utf-8").splitlines()[int(line) - 1 :][:2])


def test_every_statement_says_how_to_find_it_and_has_a_name_of_its_own():
    for files in (CHECKOUT, PACKAGE):
        found = [one for path, text in files.items() if ".py" in path for one in unsaid_in(text)]
        assert len({one.what for one in found}) == len(found)
        assert all(len(one.how) > 10 for one in found)
        assert {one.what for one in found} <= set(VALUES)


def test_doctor_names_what_is_to_be_said_and_other_venues_go_on(tmp_path):
    install(tmp_path)
    for path, text in PACKAGE.items():
        (tmp_path / Path(path).relative_to("marketdata-lemon")).write_text(text, "utf-8")
    code = (
        "from marketdata_platform.venues import venue_named\n"
        "from marketdata_platform.simulator.venues.listing import preset\n"
        "print(venue_named('bybit').name, preset('binance:spot:BTCUSDT').instrument)\n"
        "from marketdata_platform.cli.commands.doctor import _venues\n"
        "print(*_venues(), sep='\\n')\n"
        "venue_named('lemon')"
    )
    environ = {**os.environ, "PYTHONPATH": os.pathsep.join([str(tmp_path), *sys.path])}
    ran = subprocess.run(
        [sys.executable, "-c", code], env=environ, capture_output=True, text=True, check=False
    )
    assert ran.stdout.startswith("bybit binance:spot:BTCUSDT\n")
    assert ran.stdout.count("say `markets` in") == 2
    assert ran.stdout.count("level='problem'") == 2
    assert ran.stderr.splitlines()[-1].startswith(
        "marketdata_platform.core.errors.ConfigurationError: entry point 'lemon'"
    )


def test_the_packages_own_tests_pass_when_everything_is_said(tmp_path):
    tests = install(tmp_path)
    environ = {**os.environ, "PYTHONPATH": os.pathsep.join([str(tmp_path), *sys.path])}
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", str(tests)]
    ran = subprocess.run(
        command, env=environ, cwd=tmp_path, capture_output=True, text=True, check=False
    )
    assert ran.returncode == 0, ran.stdout + ran.stderr
