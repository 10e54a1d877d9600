"""The environment that the suite runs in: its own, never the user's.

Belongs here: which variables are taken away and what stands in their place. Does not: fixtures
(conftest). A user exports MARKETDATA_ROOT, edits the checkout's marketdata.toml and keeps
credentials in AWS_*, PG* and the home folder: a test that saw any of them could write invented
frames among their journals, or into their database.
"""

from __future__ import annotations

from collections.abc import MutableMapping
from pathlib import Path

_TAKEN = ("MARKETDATA_", "DAGSTER_", "AWS_", "PG")
_KEPT = "MARKETDATA_TEST_"


def take_over(environ: MutableMapping[str, str], folder: Path) -> Path:
    """Take what is the user's out of `environ`, and lead what is left below `folder`.

    No MARKETDATA_ROOT is set: it would win over the root in a configuration of a test's own.

    Returns:
        The root of whoever names none: nothing may ever be written there.
    """
    for name in [name for name in environ if name.startswith(_TAKEN)]:
        if not name.startswith(_KEPT):
            del environ[name]
    nobody, home, nothing = folder / "no-root", folder / "home", folder / "empty"
    home.mkdir()
    nothing.touch(mode=0o600)
    configuration = folder / "marketdata.toml"
    configuration.write_text(f'root = "{nobody.name}"\n', encoding="utf-8")
    environ |= {
        "MARKETDATA_CONFIG": str(configuration),
        "AWS_CONFIG_FILE": str(nothing),
        "AWS_SHARED_CREDENTIALS_FILE": str(nothing),
        "PGPASSFILE": str(nothing),
        "PGSERVICEFILE": str(nothing),
        "HOME": str(home),
    }
    return nobody


def left_in(nobody: Path) -> list[str]:
    """What was written to the root of whoever names none."""
    return sorted(str(path.relative_to(nobody)) for path in nobody.rglob("*"))


def user_files(root: Path) -> dict[str, int]:
    """Every path under a root with the time of its last change: what must stay as it is."""
    return {str(path): path.stat().st_mtime_ns for path in [root, *root.rglob("*")]}
