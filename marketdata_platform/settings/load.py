"""Reading the configuration: marketdata.toml, overridden by the environment; mistakes are named
with their place.

Belongs here: where values come from, and how a mistake is reported. Does not: which keys there are
(model.py). Nothing is read at import; `load_settings` reads when it is called.
"""

from __future__ import annotations

import os
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any, get_args

from pydantic import BaseModel, ValidationError

from marketdata_platform.core.errors import ConfigurationError
from marketdata_platform.settings.derived import LIST_KEYS
from marketdata_platform.settings.model import Settings
from marketdata_platform.venues import all_venues

CONFIG_NAME = "marketdata.toml"
_PREFIX = "MARKETDATA_"
_NOT_SETTINGS = frozenset({"MARKETDATA_CONFIG", "MARKETDATA_ROOT"})
_FOREIGN = ("MARKETDATA_TEST_", "MARKETDATA_BENCH_")
_LISTS = LIST_KEYS | {"skip"}


def load_settings(
    root: Path | str | None = None, environ: Mapping[str, str] | None = None
) -> Settings:
    """Settings from marketdata.toml, overridden by `MARKETDATA_<SECTION>__<KEY>`, `MARKETDATA_ROOT`
    and `root`.

    The file is `MARKETDATA_CONFIG`, else the nearest marketdata.toml from the working folder
    upward, else the checkout's own. A relative `root` in the file is relative to the file.

    Raises:
        ConfigurationError: names the file or variable, the key, and what is allowed.
    """
    environ = os.environ if environ is None else environ
    path = _config_path(environ)
    values = _read_toml(path) if path else {}
    base = path.parent if path else _checkout() or Path.cwd()
    values["root"] = base / values.get("root", ".marketdata")
    keys, unknown = _NOT_SETTINGS | _keys_of_venues(), _unknown_keys()
    for name, raw in environ.items():
        if _is_setting(name) and name not in keys and not name.startswith(unknown):
            _put(values, name, raw)
    named = root if root is not None else environ.get("MARKETDATA_ROOT") or values["root"]
    values["root"] = Path(named).expanduser().resolve()
    try:
        return Settings(**_completed(values))
    except ValidationError as error:
        raise ConfigurationError(_explain(error, path)) from None


def _is_setting(name: str) -> bool:
    return name.startswith(_PREFIX) and not name.startswith(_FOREIGN)


def _keys_of_venues() -> frozenset[str]:
    """Variables that hold a venue's secrets: they are read when a connection is made, not here."""
    return frozenset(name for venue in all_venues().values() for name in venue.keys.variables)


def _unknown_keys() -> tuple[str, ...]:
    """How the secrets begin of venues that cannot be loaded: those of others shall not fail."""
    return tuple(f"{_PREFIX}{name.upper()}_" for name in all_venues().failed)


def _checkout() -> Path | None:
    folder = Path(__file__).resolve().parents[2]
    return folder if (folder / "pyproject.toml").is_file() else None


def _config_path(environ: Mapping[str, str]) -> Path | None:
    named = environ.get("MARKETDATA_CONFIG")
    if named:
        path = Path(named).expanduser().resolve()
        if not path.is_file():
            raise ConfigurationError(f"MARKETDATA_CONFIG names {path}, which is not a file")
        return path
    here = Path.cwd().resolve()
    folders = [here, *here.parents, *filter(None, [_checkout()])]
    return next((f / CONFIG_NAME for f in folders if (f / CONFIG_NAME).is_file()), None)


def _read_toml(path: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise ConfigurationError(f"{path} is not valid TOML: {error}") from None


def _put(values: dict[str, Any], name: str, raw: str) -> None:
    *sections, key = name.removeprefix(_PREFIX).lower().split("__")
    target = values
    for section in sections:
        target = target.setdefault(section, {})
        if not isinstance(target, dict):
            raise ConfigurationError(f"{name}: {section} is a value, not a section")
    target[key] = raw.split(",") if key in _LISTS else raw


def _completed(values: dict[str, Any]) -> dict[str, Any]:
    """Each instrument's sections with the keys that it leaves out as they are for all
    instruments.
    """
    instruments = values.get("instruments")
    if not isinstance(instruments, dict):
        return values
    merged = {
        name: {key: _over(values.get(key), section) for key, section in own.items()}
        if isinstance(own, dict)
        else own
        for name, own in instruments.items()
    }
    return {**values, "instruments": merged}


def _over(usual: object, own: object) -> object:
    return {**usual, **own} if isinstance(usual, dict) and isinstance(own, dict) else own


def _explain(error: ValidationError, path: Path | None) -> str:
    lines = [
        f"the configuration ({path or 'defaults and environment'}) has {error.error_count()} "
        "problem(s):"
    ]
    for problem in error.errors(include_url=False, include_input=False):
        where = [str(part) for part in problem["loc"]]
        message = problem["msg"]
        if problem["type"] == "extra_forbidden":
            message = f"unknown key; allowed here: {', '.join(_allowed(where[:-1]))}"
        lines.append(f"  {'.'.join(where) or '(top)'}: {message}")
    return "\n".join(lines)


def _allowed(sections: list[str]) -> list[str]:
    """Keys of the section at this path; of a table by name, what each of its entries may hold."""
    models: list[type[BaseModel]] = [Settings]
    for section in sections:
        field = models[-1].model_fields.get(section)
        inner = _model_in(field.annotation) if field is not None else None
        if inner is not None:
            models.append(inner)
    return sorted(models[-1].model_fields)


def _model_in(annotation: Any) -> type[BaseModel] | None:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation
    return next(
        (found for part in get_args(annotation) if (found := _model_in(part)) is not None), None
    )
