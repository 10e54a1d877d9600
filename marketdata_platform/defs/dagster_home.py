"""Dagster's own settings of a root: the project's dagster.yaml, copied where it is needed.

Belongs here: finding the file, keeping copies that nobody edited up to date. Does not: its text.
One file serves plain `dagster dev` in the checkout, DAGSTER_HOME at the checkout, and `marketdata`.
"""

from __future__ import annotations

from hashlib import sha256
from pathlib import Path

from marketdata_platform.core.errors import ConfigurationError

_PACKAGE = Path(__file__).resolve().parents[1]
_NAME = "dagster.yaml"
# Files of versions before, as they were written. A copy that equals one was not edited by anybody.
_FORMER = frozenset(
    {"615abc98cc6196ce", "db6ccd3108e6a089", "e96b23b3dbb09fbc", "72b296b5adff9d17"}
)


def dagster_settings(package: Path = _PACKAGE) -> str:
    """The text of dagster.yaml: a wheel holds it in the package, a checkout beside it.

    Raises:
        ConfigurationError: neither is there: the installation is not whole.
    """
    for folder in (package, package.parent):
        if (folder / _NAME).is_file():
            return (folder / _NAME).read_text(encoding="utf-8")
    raise ConfigurationError(f"no {_NAME} in {package} or beside it: install the package again")


def dagster_home(root: Path) -> Path:
    """`<root>/dagster` with a dagster.yaml in it; one that was edited is left alone.

    Raises:
        ConfigurationError: as `dagster_settings`.
    """
    home = root / "dagster"
    home.mkdir(parents=True, exist_ok=True)
    settings = home / _NAME
    if not settings.exists() or sha256(settings.read_bytes()).hexdigest()[:16] in _FORMER:
        settings.write_text(dagster_settings(), encoding="utf-8")
    return home
