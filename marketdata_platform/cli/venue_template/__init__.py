"""What a new venue starts with: files with a placeholder for everything that it must say.

Belongs here: the texts, which module of a venue each becomes, filling in names. Does not: a default
of anything (`venues.kit.unsaid`), writing files (cli.commands.venue). `checkout` is for a venue
within this repository, `package` for a package of its own.
"""

from __future__ import annotations

from importlib.resources import files
from string import Template

_END = ".txt"


def rendered(name: str, *, package: bool) -> dict[str, dict[str, str]]:
    """The files of a new venue: place → (path below it → text). No place may exist before.

    Args:
        name: of the venue, as in `Instrument.venue`; a Python name.
        package: a package of its own, with entry points; else folders of a checkout.
    """
    return _package(name) if package else _checkout(name)


def _checkout(name: str) -> dict[str, dict[str, str]]:
    module = f"marketdata_platform.venues.{name}"
    words = _words(name, module, "marketdata_platform_tests.venues.stream_examples")
    return {
        f"marketdata_platform/venues/{name}": _part("venue", words),
        f"marketdata_platform/simulator/venues/{name}.py": {"": _text("simulator.py", words)},
        f"marketdata_platform_tests/venues/{name}": _part("tests", words)
        | _part("checkout", words),
    }


def _package(name: str) -> dict[str, dict[str, str]]:
    module = f"marketdata_{name}"
    words = _words(name, module, "stream_examples")
    found = _part("package", words)
    tests = _part("tests", words) | {
        f"test_{name}.py": found.pop("test_venue.py"),
        "stream_examples.py": found.pop("stream_examples.py"),
    }
    venue = _part("venue", words) | {"simulator.py": _text("simulator.py", words)}
    found |= {f"{module}/{path}": text for path, text in venue.items()}
    found |= {f"tests/{path}": text for path, text in tests.items()}
    return {words["project"]: found}


def _words(name: str, package: str, examples: str) -> dict[str, str]:
    return {
        "name": name,
        "constant": name.upper(),
        "gateway": f"{name.title().replace('_', '')}Gateway",
        "package": package,
        "project": f"marketdata-{name.replace('_', '-')}",
        "examples": examples,
    }


def _part(folder: str, words: dict[str, str]) -> dict[str, str]:
    names = sorted(one.name for one in (files(__name__) / folder).iterdir())
    plain = [name.removesuffix(_END) for name in names if name.endswith(_END)]
    return {name: _text(f"{folder}/{name}", words) for name in plain}


def _text(name: str, words: dict[str, str]) -> str:
    text = (files(__name__) / f"{name}{_END}").read_text("utf-8")
    return Template(text).substitute(words)
