"""The code location as a snapshot: asset keys, groups, checks, jobs, schedules, resources,
partitions.
"""

import json
import subprocess
import sys
from pathlib import Path

import dagster as dg
import pytest
from dagster._core.remote_representation.external_data import RepositorySnap
from dagster._serdes import serialize_value

from marketdata_platform.core.datasets import DATASETS, DERIVED, Tier
from marketdata_platform.definitions import build_definitions

SNAPSHOT = Path(__file__).with_name("definitions.json")


@pytest.fixture(scope="module")
def definitions():
    return build_definitions()


def described(definitions: dg.Definitions) -> dict:
    graph = definitions.resolve_asset_graph()
    assets = {}
    for key in sorted(graph.get_all_asset_keys()):
        node = graph.get(key)
        assets[key.to_user_string()] = {
            "group": node.group_name,
            "deps": sorted(k.to_user_string() for k in node.parent_keys),
            "kinds": sorted(node.kinds),
            "owners": list(node.owners),
            "checks": sorted(k.name for k in node.check_keys),
            "backfill": node.backfill_policy.policy_type.name if node.is_materializable else None,
        }
    repository = definitions.get_repository_def()
    return {
        "assets": assets,
        "jobs": sorted(name for name in repository.job_names if not name.startswith("__")),
        "schedules": {
            s.name: [s.cron_schedule, s.default_status.value] for s in repository.schedule_defs
        },
        "sensors": {
            s.name: [s.minimum_interval_seconds, s.default_status.value]
            for s in repository.sensor_defs
        },
        "resources": sorted(repository.get_top_level_resources()),
    }


def test_the_code_location_is_the_snapshot(definitions):
    """To write it anew after a change that is meant: `python -m` this module."""
    assert described(definitions) == json.loads(SNAPSHOT.read_text(encoding="utf-8"))


def test_dagster_can_load_the_code_location(definitions):
    dg.Definitions.validate_loadable(definitions)


def test_every_derived_dataset_is_an_asset_with_a_formula_and_a_column_schema(definitions):
    graph = definitions.resolve_asset_graph()
    for dataset in DERIVED:
        node = graph.get(dg.AssetKey(dataset.name))
        assert "\n\n    " in node.description, f"{dataset.name} lacks its formula"
        schema = node.metadata["dagster/column_schema"]
        assert [c.name for c in schema.columns] == dataset.arrow_schema.names


def test_datasets_are_partitioned_by_day_and_dynamic_instrument(definitions):
    specs = [s for s in definitions.resolve_all_asset_specs() if s.group_name != "capture"]
    assert len(specs) == len([d for d in DATASETS.values() if d.tier is not Tier.META]) + 3
    for asset in specs:
        partitions = asset.partitions_def
        assert isinstance(partitions, dg.MultiPartitionsDefinition)
        assert partitions.partition_dimension_names == ["day", "instrument"]


def test_the_kinds_follow_the_store_and_the_archive_and_no_secret_is_in_the_definitions(
    monkeypatch,
):
    monkeypatch.setenv("MARKETDATA_STORE__URL", "postgresql://reader:CANARY@db/market")
    monkeypatch.setenv("MARKETDATA_ARCHIVE__URL", "s3://bucket/prefix")
    monkeypatch.setenv("MARKETDATA_ARCHIVE__SECRET_ACCESS_KEY", "CANARY")
    served = build_definitions()
    graph = served.resolve_asset_graph()
    assert graph.get(dg.AssetKey("trades")).kinds == {"postgres"}
    assert graph.get(dg.AssetKey("quotes")).kinds == {"postgres"}
    assert graph.get(dg.AssetKey("archive_raw")).kinds == {"parquet", "s3"}
    told = serialize_value(RepositorySnap.from_def(served.get_repository_def()))
    assert "trades" in told
    assert "CANARY" not in told


def test_lineage_leads_from_the_journals_over_raw_data_to_the_archive(definitions):
    graph = definitions.resolve_asset_graph()
    journals = {dg.AssetKey(f"journal_g{n}") for n in (1, 2, 3)}
    assert graph.get(dg.AssetKey("trades")).parent_keys == journals
    assert graph.get(dg.AssetKey("book_deltas")).parent_keys == journals
    raw = {dg.AssetKey(d.name) for d in DATASETS.values() if d.tier is Tier.RAW}
    assert graph.get(dg.AssetKey("archive_raw")).parent_keys == raw


def test_dagster_is_imported_at_the_top_only():
    script = (
        "import sys, marketdata_platform, marketdata_platform.core.bars, "
        "marketdata_platform.core.order_flow;"
        "import marketdata_platform.platform;"
        "sys.exit(int('dagster' in sys.modules))"
    )
    assert subprocess.run([sys.executable, "-c", script], check=False).returncode == 0


def test_the_kernels_import_quickly_because_numba_waits_for_the_first_call():
    packages = "marketdata_platform.core.bars, marketdata_platform.core.order_flow"
    script = f"import sys, {packages}; sys.exit(int('numba' in sys.modules))"
    assert subprocess.run([sys.executable, "-c", script], check=False).returncode == 0


if __name__ == "__main__":
    text = json.dumps(described(build_definitions()), indent=1, sort_keys=True)
    SNAPSHOT.write_text(f"{text}\n", encoding="utf-8")
