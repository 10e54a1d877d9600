"""Retention on PostgreSQL and S3, with the faults of both."""

import os
from datetime import UTC, datetime, timedelta

import boto3
import pytest

from marketdata_platform.core.datasets import CURSORS
from marketdata_platform.core.errors import SourceDropped
from marketdata_platform.core.instrument import gatherer_home
from marketdata_platform.journal import JournalOptions, JournalReader, JournalWriter
from marketdata_platform.platform import open_with
from marketdata_platform.platform.gatherers.shipping import ship
from marketdata_platform.platform.use_cases.retain import retain
from marketdata_platform.settings import load_settings
from marketdata_platform.workflows.archiving.days import archive_day
from marketdata_platform.workflows.bookkeeping.cursors import Cursor, cursor_rows
from marketdata_platform_tests.objects.s3_server import KEY, SECRET, Fault, s3_server
from marketdata_platform_tests.served.postgres_fixtures import postgres
from marketdata_platform_tests.workflows.days import INSTRUMENT, day, trades_of

NOW = datetime(2024, 7, 23, 12, tzinfo=UTC)
DAYS = [day(n) for n in range(4)]
TOML = """
gatherers = ["g1"]
[store]
url = "{url}"
timescale = "off"
[archive]
url = "s3://{bucket}/archive"
endpoint = "{endpoint}"
access_key_id = "{key}"
secret_access_key = "{secret}"
retries = 0
timeout_seconds = 2
[retention]
trades = "2d"
journal = "1d"
[gatherers.g1]
ship = "s3://{bucket}/journals/g1"
"""


@pytest.fixture
def bucket():
    return s3_server().bucket()


@pytest.fixture
def platform(bucket, tmp_path, monkeypatch):
    with postgres().taken() as url:
        config = tmp_path / "marketdata.toml"
        text = TOML.format(
            url=url, bucket=bucket, endpoint=s3_server().endpoint, key=KEY, secret=SECRET
        )
        config.write_text(text.replace('gatherers = ["g1"]\n', ""))
        monkeypatch.setenv("MARKETDATA_CONFIG", str(config))
        made = open_with(load_settings(tmp_path / "root"))
        made.root.mkdir()
        for number in range(4):
            made.store.append(
                "trades",
                INSTRUMENT,
                trades_of(number, range(number * 86_400, number * 86_400 + 30)),
            )
        yield made
        made.store.close()
        s3_server().faults.clear()


def run(platform, dataset="trades"):
    return [
        (one.action, one.rows, one.reason)
        for one in retain(platform, apply=True, dataset=dataset, now=NOW)
    ]


def days_of(platform):
    return [c.day for c in platform.store.coverage("trades", INSTRUMENT)]


def test_days_go_only_once_the_object_store_proves_them(platform, bucket):
    ((action, rows, reason),) = run(platform)
    assert (action, rows) == ("keep", 90)
    assert "not archived yet" in reason
    for one in DAYS:
        archive_day(platform.store, platform.archive, "trades", INSTRUMENT, one)

    s3_server().faults[:] = [Fault("GET .*part-", "503")]
    ((action, _, reason),) = run(platform)
    assert action == "keep"
    assert SECRET not in reason
    assert days_of(platform) == DAYS
    s3_server().faults.clear()

    client = boto3.client(
        "s3",
        endpoint_url=s3_server().endpoint,
        aws_access_key_id=KEY,
        aws_secret_access_key=SECRET,
        region_name="us-east-1",
    )
    objects = client.list_objects_v2(Bucket=bucket)["Contents"]
    (key,) = [
        o["Key"] for o in objects if "date=2024-07-19" in o["Key"] and o["Key"].endswith(".parquet")
    ]
    good = client.get_object(Bucket=bucket, Key=key)["Body"].read()
    client.put_object(Bucket=bucket, Key=key, Body=good[:-9] + b"forgotten")
    assert [r[:2] for r in run(platform)] == [("delete", 30), ("keep", 60)]
    client.put_object(Bucket=bucket, Key=key, Body=good)
    assert run(platform) == [("delete", 60, "")]
    assert days_of(platform) == DAYS[3:]


@pytest.mark.slow
def test_numbers_stay_the_same_after_retention_on_postgres_too(platform):
    platform.derive(INSTRUMENT, DAYS[:3], ["bar__kline", "order_flow"])
    for one in DAYS:
        archive_day(platform.store, platform.archive, "trades", INSTRUMENT, one)
    flow = platform.read("order_flow", INSTRUMENT)
    assert run(platform) == [("delete", 90, "")]
    platform.derive(INSTRUMENT, DAYS, ["bar__kline", "order_flow"])
    after = platform.read("order_flow", INSTRUMENT)
    assert after.head(len(flow)).equals(flow)
    assert after["cvd"][-1] == flow["cvd"][-1] + after.tail(len(after) - len(flow))["delta"].sum()
    with pytest.raises(SourceDropped):
        platform.derive(INSTRUMENT, DAYS, ["order_flow"], force=True)


def test_segments_go_only_once_they_are_shipped(platform):
    folder = platform.root / "journals" / "g1"
    for _ in range(3):
        with JournalWriter(folder, "g1", JournalOptions(commit_seconds=0.005)) as writer:
            writer.append(
                "binance:spot/ws/1", b"{}", int((NOW - timedelta(days=30)).timestamp() * 1e9), 1
            )
    segments = JournalReader(folder).segments()
    for segment in segments:
        old = (NOW - timedelta(days=30)).timestamp()
        os.utime(segment.path, (old, old))
    rows = cursor_rows([Cursor("g1", "3:256", None, NOW)], NOW, with_state=True)
    platform.store.append(CURSORS.name, gatherer_home("g1"), rows)

    ((action, _, reason),) = run(platform, "journal")
    assert (action, "not shipped" in reason) == ("keep", True)
    ship(platform)
    assert [r[:2] for r in run(platform, "journal")] == [("delete", 2)]
    assert [s.number for s in JournalReader(folder).segments()] == [3]
