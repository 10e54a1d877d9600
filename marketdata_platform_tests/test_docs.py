"""The documentation tells the truth: its examples run, its links lead somewhere, and nothing has
been left out.
"""

import re
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from urllib.parse import unquote

import pytest
from cyclopts import App
from pydantic import BaseModel

import marketdata_platform as md
from marketdata_platform.cli.app import app
from marketdata_platform.core.bars import __all__ as bar_names
from marketdata_platform.core.datasets import DATASETS, Tier
from marketdata_platform.core.instrument import Instrument
from marketdata_platform.core.order_flow import __all__ as flow_names
from marketdata_platform.definitions import build_definitions
from marketdata_platform.history import formats
from marketdata_platform.settings import InstrumentSection, Settings
from marketdata_platform.simulator.archives.dumps import write_dump
from marketdata_platform.simulator.markets.market import simulate_day
from marketdata_platform.simulator.venues.listing import preset
from marketdata_platform.venues import VENUES, Venue
from marketdata_platform.workflows.archiving.days import archive_day

CHECKOUT = Path(__file__).resolve().parents[1]
PAGES = [
    *(CHECKOUT / name for name in ("README.md", "CONTRIBUTING.md", "CHANGELOG.md")),
    *sorted((CHECKOUT / "docs").rglob("*.md")),
]
GUIDE = CHECKOUT / "docs" / "guide"
RUNNABLE = re.compile(r"^```python runnable\n(.*?)^```$", re.MULTILINE | re.DOTALL)
FENCED = re.compile(r"^```.*?^```$", re.MULTILINE | re.DOTALL)
LINK = re.compile(r"!?\[[^\]]*\]\(([^)\s]+)\)")
DAY = date(2025, 1, 6)


def page_id(path: Path) -> str:
    return str(path.relative_to(CHECKOUT))


@pytest.fixture(scope="module")
def demo_root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A small store as the demo leaves it behind: two instruments, all datasets, the archive."""
    root = tmp_path_factory.mktemp("docs") / "root"
    platform = md.open(root)
    for name in ("binance:futures:ETHUSDT", "binance:spot:BTCUSDT"):
        instrument = Instrument.parse(name)
        trades = simulate_day(preset(instrument, trades_per_day=6_000), DAY)
        dump = write_dump(trades, instrument, DAY, platform.inbox_of(instrument))
        platform.import_file(dump.path, instrument)
        platform.derive(instrument, [DAY])
        for dataset in (d.name for d in DATASETS.values() if d.tier is not Tier.META):
            archive_day(platform.store, platform.archive, dataset, instrument, DAY)
    return root


@pytest.mark.parametrize(
    "page", [p for p in PAGES if RUNNABLE.search(p.read_text("utf-8"))], ids=page_id
)
def test_the_examples_of_a_page_run_in_order(
    page: Path, demo_root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MARKETDATA_ROOT", str(demo_root))
    names: dict[str, object] = {}
    text = page.read_text("utf-8")
    for block in RUNNABLE.finditer(text):
        line = text[: block.start(1)].count("\n")
        source = compile(
            "\n" * line + block[1], str(page), "exec"
        )  # so that a traceback names the page's line
        exec(source, names)


@pytest.mark.parametrize("page", ["README.md", "docs/guide/python.md", "docs/guide/storage.md"])
def test_the_pages_for_python_have_examples_that_run(page: str) -> None:
    assert RUNNABLE.search((CHECKOUT / page).read_text("utf-8"))


@pytest.mark.parametrize("page", PAGES, ids=page_id)
def test_relative_links_lead_to_files_and_headings(page: Path) -> None:
    for target in _links(page):
        path, _, anchor = unquote(target).partition("#")
        found = (page.parent / path).resolve() if path else page
        assert found.exists(), f"{page_id(page)} links to {target}, which does not exist"
        assert found.is_relative_to(CHECKOUT), f"{page_id(page)} links out of the project: {target}"
        if anchor:
            assert anchor in _anchors(found), (
                f"{page_id(page)} links to {target}, which has no such heading"
            )


def _links(page: Path) -> Iterator[str]:
    for link in LINK.finditer(FENCED.sub("", page.read_text("utf-8"))):
        if not re.match(r"[a-z]+:", link[1]):
            yield link[1]


def _anchors(page: Path) -> set[str]:
    headings = re.findall(r"^#+ +(.+)$", FENCED.sub("", page.read_text("utf-8")), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


def test_every_page_can_be_reached_from_the_index() -> None:
    index = CHECKOUT / "docs" / "README.md"
    linked = {(index.parent / unquote(link).partition("#")[0]).resolve() for link in _links(index)}
    reached = {*linked, index, CHECKOUT / "README.md"}  # a linked folder has all of its pages
    assert [page_id(p) for p in PAGES if p not in reached and p.parent not in linked] == []


@pytest.mark.parametrize("venue", VENUES, ids=lambda venue: venue.name)
def test_every_venue_has_a_page_that_names_its_markets_and_its_keys(venue: Venue) -> None:
    page = (CHECKOUT / "docs" / "venues" / f"{venue.name}.md").read_text("utf-8")
    needed = [*(f"`{venue.name}:{market}`" for market in venue.markets), *venue.keys.variables]
    assert [word for word in needed if word not in page] == []


def _commands() -> list[str]:
    return sorted(name for name in app if not name.startswith("-"))


def _parts(command: App) -> list[App]:
    """The command itself, or its verbs where it is made of some."""
    if command.default_command is not None:
        return [command]
    return [command[name] for name in command if not name.startswith("-")]


def test_every_command_has_a_page_that_names_each_of_its_options() -> None:
    assert len(_commands()) == 27
    for command in _commands():
        text = (GUIDE / f"{command}.md").read_text("utf-8")
        assert text.startswith(f"# marketdata {command}\n")
        options = {
            name
            for part in _parts(app[command])
            for argument in part.assemble_argument_collection()
            if argument.index is None  # not a positional one
            for name in argument.names
            if not name.startswith("--empty-")
        }
        assert {option for option in options if option not in text} == set(), command


def _keys(model: type[BaseModel], prefix: str = "") -> Iterator[str]:
    for name, field in model.model_fields.items():
        kind = field.annotation
        if isinstance(kind, type) and issubclass(kind, BaseModel):
            yield from _keys(kind, f"{prefix}{name}.")
        elif name != "instruments":
            yield prefix + name


def test_every_configuration_key_is_documented_with_its_default() -> None:
    text = (GUIDE / "configuration.md").read_text("utf-8")
    rows = dict(re.findall(r"^\| `([a-z_.]+)` \| .* \| ([^|]+) \|$", text, re.MULTILINE))
    keys = list(_keys(Settings))
    assert sorted(rows) == sorted(keys)
    defaults = Settings(root=Path(".marketdata"))
    for key in keys:
        value: object = defaults
        for part in key.split("."):
            value = getattr(value, part)
        shown = (
            " ".join(value)
            if isinstance(value, tuple | dict)
            else f"{value:g}"
            if isinstance(value, float)
            else str(value)
        )
        assert shown in rows[key].replace("`", ""), key


def test_the_sections_that_one_instrument_may_change_are_documented() -> None:
    text = (GUIDE / "configuration.md").read_text("utf-8")
    assert all(
        f"`{name}`" in text.partition("## One instrument")[2]
        for name in InstrumentSection.model_fields
    )


def test_every_kernel_has_an_example() -> None:
    text = "".join(RUNNABLE.findall((GUIDE / "python.md").read_text("utf-8")))
    kernels = {n for n in (*bar_names, *flow_names) if n.islower()} - {
        "fold_klines",
        "window_bounds",
    }
    assert {name for name in kernels if f"{name}(" not in text} == set()


def test_every_file_format_is_documented() -> None:
    text = (GUIDE / "importing.md").read_text("utf-8")
    assert [name for name in formats() if f"| `{name}` |" not in text] == []


def test_every_asset_check_and_job_is_documented() -> None:
    text = (GUIDE / "dagster.md").read_text("utf-8")
    definitions = build_definitions()
    graph = definitions.resolve_asset_graph()
    names = {key.to_user_string() for key in graph.materializable_asset_keys}
    names |= {
        key.name for key in graph.asset_check_keys if not key.name.startswith("archive_equals")
    }
    names |= {
        job.name for job in definitions.resolve_all_job_defs() if not job.name.startswith("__")
    }
    assert {name for name in names if f"`{name}`" not in text} == set()
