"""A derived record type is one file and one line: declared in a copy of the package, everything
else follows.
"""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

import marketdata_platform

PACKAGE = Path(marketdata_platform.__file__).parent
LIST = "core/datasets/__init__.py"

FILE = '''
"""Volume per hour: made up by a test."""

from dataclasses import dataclass
from decimal import Decimal

from marketdata_platform.core.datasets.derived.choices import Choices, Count
from marketdata_platform.core.datasets.derived.model import Derived, Fold, Picture
from marketdata_platform.core.datasets.model import TIMESTAMP, VOLUME, Column, Constraint, Tier


@dataclass(frozen=True)
class MadeUpChoices(Choices, section="made_up", per_instrument=True):
    """Hours of one row."""

    hours: Count = 1


def _step(day, hours, state):
    import polars as pl

    rows = day.trades.group_by(
        pl.col("ts_event").dt.truncate(f"{hours}h").alias("open_time")
    ).agg(pl.col("quantity").cast(pl.Decimal(38, 8)).sum().alias("volume"))
    return rows.sort("open_time"), b""


MADE_UP = Derived(
    name="made_up",
    tier=Tier.AGGREGATES,
    doc="Volume per hour.",
    columns=(
        Column("open_time", TIMESTAMP, "Start of the window."),
        Column("volume", VOLUME, "Σq."),
    ),
    key=("open_time",),
    time_column="open_time",
    order=("open_time",),
    constraints=(Constraint("volume_above_zero", "volume > 0", "volume is not above zero"),),
    group="made_up_group",
    formula="V = Σq",
    picture=Picture(line="volume", interval=None, figure=False),
    conserves=True,
    snapshot=True,
    fold=Fold(
        choices=MadeUpChoices,
        params=lambda choices, start: choices.hours,
        step=_step,
        sees_gaps=False,
        held_volume=None,
    ),
)
'''

SCRIPT = """
import sys
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path

import dagster as dg

import marketdata_platform as md
from marketdata_platform.core.datasets.ddl.render import render_all
from marketdata_platform.core.instrument import Instrument
from marketdata_platform.core.series_start import SeriesStart
from marketdata_platform.definitions import build_definitions
from marketdata_platform.defs import launch
from marketdata_platform.defs.partitions import partition_key
from marketdata_platform.defs.resources import PlatformResource
from marketdata_platform.platform.use_cases.retain import retain
from marketdata_platform_tests.workflows.days import INSTRUMENT, day, trades_of

root = Path(sys.argv[1])
package = Path(md.__file__).parent
assert package.parent == Path(sys.argv[2]), package

files = render_all()
for engine in ("duckdb", "postgres", "timescale"):
    assert "made_up" in files[f"sql/{engine}/create_table_mart_made_up.sql"]
assert "## mart.made_up" in files["docs/datasets.md"]

platform = md.open(root)
other = Instrument.parse("binance:futures:ETHUSDT")
start = SeriesStart(Decimal(1), Decimal(1), Decimal(1))
assert platform.settings.derive_params(INSTRUMENT, start)["made_up"] == 6
assert platform.settings.derive_params(other, start)["made_up"] == 2

for number in (0, 1):
    ids = range(number * 86_400, (number + 1) * 86_400, 100)
    platform.store.append("trades", INSTRUMENT, trades_of(number, ids))
definitions = build_definitions(resources={"platform": PlatformResource(root=str(root))})
node = definitions.resolve_asset_graph().get(dg.AssetKey("made_up"))
assert node.group_name == "made_up_group" and node.description.endswith("V = Σq")
assert {key.name for key in node.check_keys} == {"conservation", "ohlc_sanity"}

chosen = launch.chosen_assets(definitions, ("made_up", "archive"))
runs = list(launch.backfill(definitions, platform, chosen, (INSTRUMENT,), [day(0), day(1)]))
assert runs and all(run.succeeded for run in runs), runs
rows = platform.read("made_up", INSTRUMENT)
assert rows.height == 8
assert rows["volume"].sum() == platform.read("trades", INSTRUMENT)["quantity"].sum()
assert platform.archive.manifest("made_up", INSTRUMENT, day(1)).rows == 4
with launch.instance_of(root) as instance:
    wanted = dg.AssetRecordsFilter(
        asset_key=dg.AssetKey("made_up"), asset_partitions=[partition_key(INSTRUMENT, day(0))]
    )
    [told] = instance.fetch_materializations(wanted, limit=1).records
    metadata = told.asset_materialization.metadata
    assert metadata["dagster/row_count"].value == 4 and "svg" in metadata["volume"].value, metadata

later = datetime.now(UTC) + timedelta(days=1)
done = retain(platform, apply=True, dataset="made_up", now=later)
assert [one.action for one in done] == ["delete"], done
assert platform.read("made_up", INSTRUMENT)["open_time"].dt.date().unique().to_list() == [day(1)]
print("all follows")
"""


@pytest.fixture
def checkout(tmp_path):
    """A copy of the package, whose files may be changed, with the `dagster.yaml` beside it."""
    copy = tmp_path / "checkout"
    shutil.copytree(PACKAGE, copy / PACKAGE.name)
    shutil.copy(PACKAGE.parent / "dagster.yaml", copy)
    return copy


def run(checkout: Path, script: str, *arguments: object, **environ: str):
    root = PACKAGE.parent
    return subprocess.run(
        [sys.executable, "-c", script, *map(str, arguments)],
        cwd=checkout,
        env={"PATH": "/usr/bin:/bin", "PYTHONPATH": f"{checkout}:{root}", **environ},
        capture_output=True,
        text=True,
        timeout=240,
        check=False,
    )


def declare(checkout: Path, text: str) -> None:
    """One file, and one line (with its import) in the list."""
    package = checkout / PACKAGE.name
    (package / "core/datasets/derived/made_up.py").write_text(text, "utf-8")
    listed = (package / LIST).read_text("utf-8")
    changed = listed.replace(
        "    SUPPLY_DEMAND_ZONES,\n)", "    SUPPLY_DEMAND_ZONES,\n    MADE_UP,\n)"
    ).replace(
        "from marketdata_platform.core.datasets.listing",
        "from marketdata_platform.core.datasets.derived.made_up import MADE_UP\n"
        "from marketdata_platform.core.datasets.listing",
    )
    assert changed.count("MADE_UP") == listed.count("MADE_UP") + 2
    (package / LIST).write_text(changed, "utf-8")


def test_table_asset_checks_settings_archive_and_retention_follow_from_one_declaration(
    tmp_path, checkout
):
    declare(checkout, FILE)
    (checkout / "marketdata.toml").write_text(
        "[made_up]\nhours = 2\n"
        '[instruments."binance:futures:BTCUSDT".made_up]\nhours = 6\n'
        '[retention]\nmade_up = "1d"\n',
        "utf-8",
    )
    config = str(checkout / "marketdata.toml")
    done = run(checkout, SCRIPT, tmp_path / "root", checkout, MARKETDATA_CONFIG=config)
    assert done.stdout.strip().endswith("all follows"), done.stdout[-2000:] + done.stderr[-4000:]
