"""`marketdata archive` and `marketdata restore`, against a bucket."""

from datetime import UTC, datetime, timedelta

import pytest

from marketdata_platform.archive.lifecycle import lifecycle_rules
from marketdata_platform.core.datasets import DERIVED
from marketdata_platform_tests.archive.days import table, trade
from marketdata_platform_tests.cli.commands import Terminal
from marketdata_platform_tests.end_to_end.deployments import (
    DAY,
    FUTURES,
    SMALL,
    day,
    opened,
    usdm_rows,
    walk,
)
from marketdata_platform_tests.history.dumps import write
from marketdata_platform_tests.journal.frames import write as write_journal
from marketdata_platform_tests.objects.s3_server import KEY, SECRET, s3_server


@pytest.fixture
def terminal(tmp_path, monkeypatch) -> Terminal:
    """A root with two days of trades and klines; its archive is an empty bucket."""
    server = s3_server()
    bucket = server.bucket()
    monkeypatch.setenv("MARKETDATA_ARCHIVE__URL", f"s3://{bucket}/firm")
    monkeypatch.setenv("MARKETDATA_ARCHIVE__ENDPOINT", server.endpoint)
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", KEY)
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", SECRET)
    monkeypatch.setenv("MARKETDATA_GATHERERS__G1__SHIP", f"s3://{bucket}/journals/g1")
    root = tmp_path / "root"
    platform = opened(root, **SMALL)
    dump = write(
        tmp_path / "BTCUSDT-trades.csv", usdm_rows([row for n in range(2) for row in walk(n)])
    )
    platform.import_file(dump, FUTURES, format="binance-trades")
    platform.derive(FUTURES, [DAY, day(1)], ["bar__kline"])
    platform.store.close()
    return Terminal(monkeypatch, root)


def test_days_are_exported_listed_verified_and_restored(terminal, tmp_path, monkeypatch):
    first = terminal.run("archive", "export")
    assert (first.status, first.out.splitlines()[-1]) == (0, "Dataset-days: 4 written")
    assert "4 unchanged" in terminal.run("archive", "export").out
    listed = terminal.run("archive", "ls").out
    assert "bar__kline" in listed and "s3://bucket-" in listed
    verified = terminal.run("verify")
    assert (
        verified.status == 0 and "4 archived dataset-days equal manifest and store" in verified.out
    )

    empty = Terminal(monkeypatch, tmp_path / "empty")
    restored = empty.run("restore", "--derived", "archive")
    assert restored.status == 0, restored.out
    assert "4 archived dataset-days restored" in restored.out
    assert "4 days were whole" in empty.run("restore", "--derived", "archive").out
    assert "4 archived dataset-days equal manifest and store" in empty.run("verify").out


def test_a_command_on_a_folder_or_without_a_bucket_says_what_to_do(terminal, tmp_path, monkeypatch):
    monkeypatch.setenv("MARKETDATA_ARCHIVE__URL", "s3://there-is-no-such-bucket/x")
    gone = terminal.run("archive", "ls")
    assert gone.status == 1 and "no such bucket" in gone.err and SECRET not in gone.err
    monkeypatch.delenv("MARKETDATA_ARCHIVE__URL")
    folder = terminal.run("archive", "lifecycle")
    assert folder.status == 1 and "is a folder" in " ".join(folder.err.split())


def test_lifecycle_rules_are_shown_then_set_and_those_of_others_stay(terminal):
    client = s3_server().client
    bucket = client.list_buckets()["Buckets"][-1]["Name"]
    other = {
        "ID": "theirs",
        "Status": "Enabled",
        "Filter": {"Prefix": "tmp/"},
        "Expiration": {"Days": 1},
    }
    client.put_bucket_lifecycle_configuration(
        Bucket=bucket, LifecycleConfiguration={"Rules": [other]}
    )
    shown = terminal.run("archive", "lifecycle")
    assert shown.out.count("missing") == 3 and "kept" in shown.out
    assert len(client.get_bucket_lifecycle_configuration(Bucket=bucket)["Rules"]) == 1
    assert terminal.run("archive", "lifecycle", "--apply").status == 0
    rules = {
        rule["ID"]: rule
        for rule in client.get_bucket_lifecycle_configuration(Bucket=bucket)["Rules"]
    }
    assert rules.pop("theirs")["Expiration"] == {"Days": 1}
    raw = rules["marketdata:firm:raw-to-glacier"]
    assert raw["Transitions"] == [{"Days": 30, "StorageClass": "GLACIER"}]
    assert raw["Filter"]["And"]["Prefix"] == "firm/raw/"  # moto keeps no sizes; S3 does
    assert rules["marketdata:firm:processed-to-ia"]["Transitions"] == [
        {"Days": 90, "StorageClass": "STANDARD_IA"}
    ]
    assert rules["marketdata:firm:abort-uploads"]["AbortIncompleteMultipartUpload"] == {
        "DaysAfterInitiation": 7
    }
    assert "as it is" in terminal.run("archive", "lifecycle").out


def test_manifests_are_too_small_to_be_moved_to_cold_storage():
    for rule in lifecycle_rules("firm")[:2]:
        assert rule["Filter"]["And"]["ObjectSizeGreaterThan"] == 131_072
    assert lifecycle_rules("")[0]["Filter"]["And"]["Prefix"] == "raw/"


def test_leftovers_are_shown_before_they_go(terminal):
    terminal.run("archive", "export", "--dataset", "trades")
    client = s3_server().client
    bucket = client.list_buckets()["Buckets"][-1]["Name"]
    folder = next(k for k in s3_server().keys(bucket) if k.endswith("_manifest.json")).rpartition(
        "/"
    )[0]
    client.put_object(Bucket=bucket, Key=f"{folder}/.part-00.parquet.tmp", Body=b"x")
    assert "No leftovers older than 24h" in terminal.run("archive", "clean").out
    assert "1 leftovers would go" in terminal.run("archive", "clean", "--older-than", "0.001s").out
    assert (
        "1 leftovers removed"
        in terminal.run("archive", "clean", "--older-than", "0.001s", "--apply").out
    )
    assert not any(key.endswith(".tmp") for key in s3_server().keys(bucket))
    assert terminal.run("archive", "clean", "--older-than", "long").status == 1


def test_hours_and_compaction_have_nothing_to_do_for_days_long_over(terminal):
    assert "nothing to export" in terminal.run("archive", "export", "--hourly").out
    assert "0 hours became 0 dataset-days" in terminal.run("archive", "compact").out


def test_hours_of_today_that_are_over_are_exported_and_listed(terminal):
    platform = opened(terminal.root, **SMALL)
    recent = trade(1, ts_event=datetime.now(UTC) - timedelta(minutes=65))
    platform.store.append("trades", FUTURES, table([recent]))
    platform.store.close()
    assert "Hours: 1 written" in terminal.run("archive", "export", "--hourly").out
    assert "Hours: 1 unchanged" in terminal.run("archive", "export", "--hourly").out
    assert "1 hours" in terminal.run("archive", "ls").out


def test_journals_are_shipped_to_where_their_gatherer_says(terminal):
    write_journal(terminal.root / "journals" / "g1", 20)
    assert "1 segments" in terminal.run("archive", "ship").out
    assert "1 were there" in " ".join(
        terminal.run("archive", "ship", "--gatherer", "g1").out.split()
    )
    wrong = terminal.run("archive", "ship", "--gatherer", "nobody")
    assert wrong.status == 1 and "there are g1" in wrong.err


def test_every_derived_dataset_has_a_place_in_the_archive():
    assert all(dataset.tier.value in ("processed", "aggregates") for dataset in DERIVED)
