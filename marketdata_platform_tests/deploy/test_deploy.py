"""The files in deploy/: they parse, agree with each other and with the code, and hold no secret."""

import configparser
import json
import re
import subprocess
from functools import partial
from pathlib import Path

import dagster as dg
import psycopg
import pytest
import yaml
from cyclopts import App

from marketdata_platform.cli.app import app
from marketdata_platform.observe.catalogue import METRICS, exported_names
from marketdata_platform.settings import load_settings
from marketdata_platform.stores.postgres_server.store import open_postgres
from marketdata_platform_tests.workflows.days import INSTRUMENT, trades_of

CHECKOUT = Path(__file__).resolve().parents[2]
DEPLOY = CHECKOUT / "deploy"
ALERTS = DEPLOY / "prometheus" / "alerts.yml"
DASHBOARD = DEPLOY / "grafana" / "dashboards" / "marketdata.json"
TEXTS = [p for p in sorted(DEPLOY.rglob("*")) if p.is_file()]


def load(*parts):
    return yaml.safe_load(DEPLOY.joinpath(*parts).read_text("utf-8"))


def rules():
    return [rule for group in load("prometheus", "alerts.yml")["groups"] for rule in group["rules"]]


def panels():
    return [p for p in json.loads(DASHBOARD.read_text("utf-8"))["panels"] if p["type"] != "row"]


def queries():
    found = [(rule["alert"], rule["expr"]) for rule in rules()]
    return found + [(p["title"], target["expr"]) for p in panels() for target in p["targets"]]


@pytest.mark.parametrize(
    "path", [p for p in TEXTS if p.suffix in (".yaml", ".yml")], ids=lambda p: p.name
)
def test_every_yaml_file_parses(path):
    assert list(yaml.safe_load_all(path.read_text("utf-8")))


@pytest.mark.parametrize(("name", "query"), queries(), ids=[name for name, _ in queries()])
def test_dashboard_and_alerts_ask_only_for_metrics_and_labels_that_are_exported(name, query):
    named = set(re.findall(r"\bmarketdata_\w+", query))
    assert named, query
    assert named <= exported_names(), named - exported_names()
    families = {re.sub(r"_(bucket|sum|count)$", "", n) if n not in METRICS else n for n in named}
    known = {label for family in families for label in METRICS[family].labels} | {"le"}
    used = {word.strip() for by in re.findall(r"by \(([^)]*)\)", query) for word in by.split(",")}
    used |= set(re.findall(r"[{,]\s*(\w+)\s*[=!]~?", query))
    assert used <= known, used - known


LEFT_OUT = {
    "marketdata_gatherer_start_time_seconds",
    "marketdata_gatherer_frames_total",
    "marketdata_gatherer_connection_attempts_total",
    "marketdata_journal_segments",
    "marketdata_stream_received_bytes_total",
    "marketdata_stage_reached_timestamp_seconds",
    "marketdata_store_files",
    "marketdata_archive_exported_rows_total",
}


def test_every_metric_but_a_few_is_on_the_dashboard_or_in_an_alert():
    asked = " ".join(query for _, query in queries())
    assert {name for name in METRICS if name not in asked} == LEFT_OUT


def test_every_alert_has_a_severity_and_a_section_in_the_run_book():
    text = (CHECKOUT / "docs" / "operations" / "alerts.md").read_text("utf-8")
    headings = set(re.findall(r"^## (\w+)$", text, re.MULTILINE))
    assert {rule["alert"] for rule in rules()} == headings
    assert {rule["labels"]["severity"] for rule in rules()} == {"page", "warn"}


def test_every_metric_is_documented():
    text = (CHECKOUT / "docs" / "operations" / "monitoring.md").read_text("utf-8")
    assert [name for name in METRICS if f"`{name}`" not in text] == []


def test_images_are_pinned_and_secrets_come_from_the_environment():
    services = load("compose.yaml")["services"]
    assert {
        "postgres",
        "s3",
        "migrate",
        "dagster-code",
        "dagster-webserver",
        "dagster-daemon",
        "metrics",
    } <= set(services)
    assert sum(name.startswith("gatherer-") for name in services) == 3
    for name, service in services.items():
        tag = service["image"].rpartition(":")[2]
        assert re.search(r"\d", tag), f"{name}: {service['image']} is not pinned"
        for port in service.get("ports", []):
            assert port.startswith("127.0.0.1:"), f"{name} is published beyond loopback"
        for key, value in service.get("environment", {}).items():
            if (
                re.search(r"PASSWORD|SECRET|_URL$|ACCESS_KEY", key)
                and "://s3:" not in value
                and "@" in value + "@"
            ):
                assert re.search(r"\$\{\w+:\?\}", value), f"{name}: {key}"
    text = (DEPLOY / "compose.yaml").read_text("utf-8")
    wanted = set(re.findall(r"\$\{(\w+)", text))
    offered = set(
        re.findall(r"^(\w+)=", (DEPLOY / ".env.example").read_text("utf-8"), re.MULTILINE)
    )
    assert wanted == offered
    assert (
        re.findall(r"^\w+=(.+)$", (DEPLOY / ".env.example").read_text("utf-8"), re.MULTILINE) == []
    )


def test_no_file_holds_a_password():
    for path in TEXTS:
        for user, secret in re.findall(r"://([\w-]+):([^@\s\"']+)@", path.read_text("utf-8")):
            assert secret.startswith(("${", "…")) or secret == "password", f"{path.name}: {user}"
        assert "BEGIN" not in path.read_text("utf-8")


def test_commands_of_services_exist_with_their_options():
    services = load("compose.yaml")["services"].values()
    words = [
        s["command"]
        for s in services
        if "entrypoint" not in s and s["image"].startswith("marketdata-platform")
    ]
    probes = [s["healthcheck"]["test"] for s in services if "healthcheck" in s]
    words += [test[2:] for test in probes if test[1:2] == ["marketdata"]]
    for path in (DEPLOY / "systemd").glob("*.service"):
        unit = configparser.ConfigParser(interpolation=None, strict=False)
        unit.optionxform = str
        unit.read(path)
        program, *rest = unit["Service"]["ExecStart"].split()
        assert program.startswith("/opt/marketdata/bin/")
        assert unit["Service"]["NoNewPrivileges"] == "true"
        if program.endswith("/marketdata"):
            words.append(rest)
    assert len(words) >= 8
    for command, *rest in words:
        part: App = app[command]
        rest = rest[1:] if rest and rest[0] in list(part) else rest
        options = {
            name
            for one in [part, *(part[v] for v in part if not v.startswith("-"))]
            if one.default_command
            for a in one.assemble_argument_collection()
            for name in a.names
        }
        assert {word for word in rest if word.startswith("--")} <= options, (command, rest)


def test_the_sample_configuration_is_valid(tmp_path):
    settings = load_settings(
        tmp_path, environ={"MARKETDATA_CONFIG": str(DEPLOY / "marketdata.toml")}
    )
    assert list(settings.gatherers) == ["g1", "g2", "g3"]
    assert settings.captured()
    assert settings.capture.managed is False


def test_limits_are_the_same_on_one_machine_in_compose_and_on_kubernetes():
    usual = yaml.safe_load((CHECKOUT / "dagster.yaml").read_text("utf-8"))
    compose = load("dagster.yaml")
    assert compose["concurrency"] == usual["concurrency"]
    assert compose["retention"] == usual["retention"]
    queued = load("helm", "values.yaml")["dagsterDaemon"]["runCoordinator"]["config"][
        "queuedRunCoordinator"
    ]
    assert queued["tagConcurrencyLimits"] == usual["concurrency"]["runs"]["tag_concurrency_limits"]
    assert queued["maxConcurrentRuns"] == usual["concurrency"]["runs"]["max_concurrent_runs"]


def test_the_production_dagster_yaml_is_valid_to_dagster(tmp_path, monkeypatch):
    from dagster._core.instance.config import dagster_instance_config

    (tmp_path / "dagster.yaml").write_text((DEPLOY / "dagster.yaml").read_text("utf-8"))
    config, _ = dagster_instance_config(str(tmp_path))
    assert config["run_monitoring"]["enabled"]
    assert config["telemetry"]["enabled"] is False


@pytest.mark.slow
def test_the_production_instance_starts_and_keeps_a_run_in_postgres(tmp_path, monkeypatch):
    from marketdata_platform_tests.served.postgres_fixtures import postgres

    with postgres().taken() as url:
        monkeypatch.setenv(
            "DAGSTER_POSTGRES_URL", url.replace("postgresql://", "postgresql+psycopg2://")
        )
        monkeypatch.setenv("DAGSTER_LOGS_BUCKET", "logs")
        monkeypatch.setenv("AWS_ENDPOINT_URL_S3", "http://127.0.0.1:1")
        monkeypatch.setenv("AWS_ACCESS_KEY_ID", "nobody")
        monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "nothing")
        (tmp_path / "dagster.yaml").write_text((DEPLOY / "dagster.yaml").read_text("utf-8"))
        with dg.DagsterInstance.from_config(str(tmp_path)) as instance:
            assert type(instance.compute_log_manager).__name__ == "S3ComputeLogManager"
            assert type(instance.run_storage).__module__.startswith(
                "dagster_postgres"
            ) or "Legacy" in str(type(instance.run_storage))
            assert instance.run_monitoring_enabled
            run = instance.create_run_for_job(_nothing)
            assert instance.get_run_by_id(run.run_id) is not None
            instance.delete_run(run.run_id)


@dg.op
def _op() -> None: ...


@dg.job
def _nothing() -> None:
    _op()


def test_the_script_that_makes_databases_and_logins_is_shell():
    subprocess.run(["sh", "-n", str(DEPLOY / "postgres" / "init.sh")], check=True)


@pytest.mark.slow
def test_the_script_makes_databases_and_logins_that_can_do_their_work_and_no_more(tmp_path):
    from marketdata_platform_tests.served.postgres_server import _INSTALL, PostgresServer

    logins = ("migrator", "landing", "reader", "monitor", "dagster")
    script = (
        (DEPLOY / "postgres" / "init.sh").read_text("utf-8").replace("/sql/", f"{CHECKOUT}/sql/")
    )
    script = script.replace(
        "CREATE EXTENSION IF NOT EXISTS timescaledb", "SELECT 1"
    )  # the test's server has none
    with PostgresServer() as server:
        environment = {
            "PATH": f"{_INSTALL / 'bin'}:/usr/bin:/bin",
            "POSTGRES_USER": "postgres",
            "PGHOST": str(server.folder),
            **{f"{name.upper()}_PASSWORD": f"quo'te {name}" for name in logins},
        }
        subprocess.run(["sh", "-c", script], check=True, env=environment, capture_output=True)
        marketdata = partial(server.url_of, "marketdata")
        store = open_postgres(marketdata("migrator"), timescale="off", create=True)
        assert store.instruments() == []
        store.close()
        store = open_postgres(marketdata("landing"), timescale="off", create=False)
        assert store.append("trades", INSTRUMENT, trades_of(0, range(3))).inserted == 3
        store.close()
        with psycopg.connect(marketdata("reader"), autocommit=True) as session:
            assert session.execute("SELECT count(*) FROM raw.trades").fetchone() == (3,)
            with pytest.raises(psycopg.errors.ReadOnlySqlTransaction):
                session.execute("CREATE TABLE raw.mine (a int)")
        with psycopg.connect(server.url_of("dagster", "dagster"), autocommit=True) as session:
            session.execute("CREATE TABLE own (a int)")
        with pytest.raises(psycopg.OperationalError, match="permission denied"):
            psycopg.connect(marketdata("dagster"))
