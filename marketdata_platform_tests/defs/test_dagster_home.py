"""One dagster.yaml for the checkout, for a wheel, and for each root's copy."""

from pathlib import Path

import dagster as dg
import pytest

from marketdata_platform.core.errors import ConfigurationError
from marketdata_platform.defs.dagster_home import dagster_home, dagster_settings

CHECKOUT = Path(__file__).resolve().parents[2]


def test_a_new_root_gets_the_projects_settings_and_an_edited_copy_is_left_alone(tmp_path):
    copy = dagster_home(tmp_path) / "dagster.yaml"
    assert copy.read_text("utf-8") == (CHECKOUT / "dagster.yaml").read_text("utf-8")
    copy.write_text("telemetry: {enabled: false}\n", encoding="utf-8")
    dagster_home(tmp_path)
    assert copy.read_text("utf-8") == "telemetry: {enabled: false}\n"


def test_the_checkout_itself_can_be_dagster_home(tmp_path):
    settings = tmp_path / "dagster.yaml"
    settings.write_text(dagster_settings(), encoding="utf-8")
    with dg.DagsterInstance.from_config(str(tmp_path)) as instance:
        assert instance.run_monitoring_enabled
        assert not instance.telemetry_enabled


def test_an_installation_without_the_settings_says_so(tmp_path):
    with pytest.raises(ConfigurationError, match="install the package again"):
        dagster_settings(tmp_path / "package")
