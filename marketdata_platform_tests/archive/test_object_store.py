"""The archive in a bucket, and what an object store does to it: refusals, silence, lost answers,
deaths.
"""

import os
import subprocess
import sys
from datetime import UTC, datetime, timedelta

import numpy as np
import pyarrow as pa
import pytest
from pydantic import SecretStr

from marketdata_platform.archive.object_store import open_object_archive
from marketdata_platform.core.datasets import TRADES
from marketdata_platform.core.errors import (
    ArchiveChanged,
    ArchiveFrozen,
    ArchiveMismatch,
    ArchiveUnavailable,
    ConfigurationError,
)
from marketdata_platform.objects import Bucket
from marketdata_platform.settings import ArchiveSection
from marketdata_platform.stores.memory import MemoryStore
from marketdata_platform.workflows.archiving.days import ArchiveOutcome, archive_day
from marketdata_platform.workflows.archiving.proof import archived_and_verified
from marketdata_platform.workflows.archiving.verify import verify
from marketdata_platform_tests.archive.archives import DAY_FOLDER, PLACE, ObjectPlace
from marketdata_platform_tests.archive.days import BTC, trades
from marketdata_platform_tests.end_to_end.deployments import mostly_slow
from marketdata_platform_tests.objects.s3_server import KEY, SECRET, Fault, s3_server

DRAFT = r"PUT .*\.part-[0-9a-f]+\.parquet\.tmp"
COPY = r"PUT .*/part-[0-9a-f]+\.parquet$"
MANIFEST = "PUT .*_manifest.json"


@pytest.fixture
def place() -> ObjectPlace:
    return ObjectPlace()


def write(archive, rows: pa.Table, digest: str = "d"):
    return archive.write(*PLACE, iter(rows.to_batches()), source_digest=digest)


def rows_of(archive) -> pa.Table:
    return pa.Table.from_batches(archive.read(*PLACE), schema=TRADES.arrow_schema)


def many(count: int = 750_000) -> pa.Table:
    """Trades whose numbers do not compress: their Parquet has several parts of an upload."""
    numbers = np.random.default_rng(1).integers(0, 2**62, count)
    one = trades(1)
    noon = one["ts_event"][0].value
    columns = {
        name: pa.array([one[name][0].as_py()] * count, one.schema.field(name).type)
        for name in one.schema.names
    }
    columns["ts_event"] = pa.array(noon + np.arange(count), pa.int64()).cast(
        one.schema.field("ts_event").type
    )
    columns["sequence"] = pa.array(numbers)
    return pa.table(columns, schema=one.schema)


@pytest.mark.parametrize(
    "match", [DRAFT, COPY, MANIFEST, r"GET .*\.tmp", "HEAD", "GET .*_manifest.json"]
)
def test_a_few_503s_anywhere_are_retried(place, match):
    archive = place.open()
    place.server.faults = [Fault(match, "503", times=2)]
    write(archive, trades(10))
    assert place.server.faults[0].hits >= 3
    assert rows_of(archive).num_rows == place.glob().height == 10
    assert list(archive.leftovers()) == []


@pytest.mark.parametrize("action", mostly_slow(["503", "reset", "stall"], quick=["503", "stall"]))
@pytest.mark.parametrize("match", [DRAFT, MANIFEST, r"GET .*\.tmp"])
def test_a_store_that_stays_away_gives_an_error_and_nothing_visible_and_a_rerun_converges(
    place, match, action
):
    write(place.open(), trades(3))
    archive = place.open(retries=1, timeout_seconds=0.3)
    place.server.faults = [Fault(match, action, seconds=0.5)]
    with pytest.raises(ArchiveUnavailable) as caught:
        write(archive, trades(10))
    assert SECRET not in str(caught.value) and KEY not in str(caught.value)
    place.server.faults = []
    assert rows_of(archive).equals(trades(3))
    assert place.glob().height == 3
    write(archive, trades(10))
    assert rows_of(archive).num_rows == place.glob().height == 10


def test_an_upload_in_parts_that_loses_some_of_them_on_the_way_is_whole_in_the_end(place):
    rows = many()
    archive = place.open(part_bytes=5 * 2**20)
    place.server.faults = [
        Fault("PUT .*partNumber", "503", times=2),
        Fault("PUT .*partNumber", "reset", times=1),
    ]
    manifest = write(archive, rows)
    assert manifest.bytes > 5 * 2**20
    assert sum("partNumber" in request for request in place.server.requests) >= 2 + 3
    assert rows_of(archive).equals(rows)


@pytest.mark.parametrize(
    "match", mostly_slow(["PUT .*partNumber=2", r"POST .*\?uploadId"], quick=["PUT .*partNumber=2"])
)
def test_an_upload_that_dies_between_its_parts_leaves_nothing_visible_and_no_parts(place, match):
    archive = place.open(part_bytes=5 * 2**20, retries=1)
    place.server.faults = [Fault(match, "reset")]
    with pytest.raises(ArchiveUnavailable):
        write(archive, many())
    place.server.faults = []
    assert place.names() == []
    assert archive.manifest(*PLACE) is None
    for leftover in archive.leftovers():
        archive.remove(leftover)
    assert not place.server.client.list_multipart_uploads(Bucket=place.bucket).get("Uploads")
    write(archive, trades(5))
    assert rows_of(archive).num_rows == 5


def test_parts_of_an_upload_that_nobody_finished_are_found_and_removed(place):
    key = f"firm/archive/{DAY_FOLDER}/.part-0123456789abcdef.parquet.tmp"
    place.server.client.create_multipart_upload(Bucket=place.bucket, Key=key)
    place.server.client.create_multipart_upload(Bucket=place.bucket, Key="firm/archive/of-others")
    found = list(place.open().leftovers())
    assert [(one.kind, one.path) for one in found] == [
        ("upload", key.removeprefix("firm/archive/"))
    ]
    place.open().remove(found[0])
    assert list(place.open().leftovers()) == []
    uploads = place.server.client.list_multipart_uploads(Bucket=place.bucket)["Uploads"]
    assert [one["Key"] for one in uploads] == ["firm/archive/of-others"]


def test_a_manifest_whose_answer_was_lost_counts_as_written(place):
    archive = place.open()
    place.server.faults = [Fault(MANIFEST, "reset_after", times=1)]
    manifest = write(archive, trades(10))
    assert archive.manifest(*PLACE) == manifest
    assert rows_of(archive).num_rows == place.glob().height == 10


def test_bytes_that_arrive_cut_are_asked_for_again(place):
    archive = place.open()
    write(archive, trades(10))
    place.server.faults = [Fault(r"GET .*\.parquet$", "truncate", times=1)]
    assert rows_of(archive).num_rows == 10


def test_of_two_exporters_the_slower_changes_nothing_and_is_told(place):
    slow, fast = place.open(), place.open()
    place.server.hooks[MANIFEST] = lambda: write(fast, trades(20), "fast")
    with pytest.raises(ArchiveChanged, match="another exporter"):
        write(slow, trades(10), "slow")
    assert fast.manifest(*PLACE).source_digest == "fast"
    assert rows_of(slow).num_rows == place.glob().height == 20
    assert list(slow.leftovers()) == []


def test_an_exporter_overtaken_after_its_manifest_takes_its_own_data_away(place):
    slow, fast = place.open(), place.open()
    place.server.hooks[COPY] = lambda: write(fast, trades(20), "fast")
    write(slow, trades(10), "slow")
    assert fast.manifest(*PLACE).source_digest == "fast"
    assert rows_of(slow).num_rows == place.glob().height == 20
    assert len(place.names()) == 2


def test_archive_day_looks_again_when_another_exporter_was_faster(place):
    store, archive, other = MemoryStore(), place.open(), place.open()
    store.append("trades", BTC, trades(10))
    place.server.hooks[MANIFEST] = lambda: archive_day(store, other, *PLACE)
    done = archive_day(store, archive, *PLACE)
    assert done.outcome is ArchiveOutcome.UNCHANGED
    assert archived_and_verified(archive, store, *PLACE)


KILLED = """
import os, signal, sys
from marketdata_platform.archive.object_store import open_object_archive
from marketdata_platform.objects import Bucket
from marketdata_platform.settings import ArchiveSection
from marketdata_platform_tests.archive.archives import PLACE
from marketdata_platform_tests.archive.days import trades
left = int(sys.argv[3])
def dying(call):
    def step(*a, **k):
        global left
        if left == 0:
            os.kill(os.getpid(), signal.SIGKILL)
        left -= 1
        return call(*a, **k)
    return step
for name in ("upload", "download", "put_if", "copy", "delete", "size_of"):
    setattr(Bucket, name, dying(getattr(Bucket, name)))
section = ArchiveSection(url=sys.argv[1], endpoint=sys.argv[2])
archive = open_object_archive(section)
archive.write(*PLACE, iter(trades(20).to_batches()), source_digest="d")
"""


class Died(BaseException):
    """What a killed process does at a request: nothing, and nothing after it."""


def _die_at(monkeypatch, step: int) -> None:
    left = [step]

    def dying(call):
        def request(*given, **named):
            if left[0] == 0:
                raise Died
            left[0] -= 1
            return call(*given, **named)

        return request

    for name in ("upload", "download", "put_if", "copy", "delete", "size_of", "entries"):
        monkeypatch.setattr(Bucket, name, dying(getattr(Bucket, name)))


def _killed_leaves_a_whole_day_and_a_rerun_converges(place: ObjectPlace) -> None:
    archive = place.open()
    assert rows_of(archive).num_rows in (10, 20)
    assert place.glob().height in (0, 10, 20)  # 0: between the day before and this one, never both
    store = MemoryStore()
    store.append("trades", BTC, trades(20))
    archive_day(store, archive, *PLACE)
    archive_day(store, archive, *PLACE)
    assert rows_of(archive).num_rows == place.glob().height == 20
    for leftover in list(archive.leftovers()):
        archive.remove(leftover)
    assert rows_of(archive).num_rows == place.glob().height == 20
    assert [v.problem for v in verify(store, archive)] == [None]
    assert len(place.names()) == 2


@pytest.mark.parametrize("step", mostly_slow(range(9), quick=[2, 4, 6, 7]))
def test_a_writer_that_dies_between_any_two_requests_leaves_a_whole_day(place, step, monkeypatch):
    write(place.open(), trades(10))
    with monkeypatch.context() as dying, pytest.raises(Died):
        _die_at(dying, step)
        write(place.open(), trades(20))
    _killed_leaves_a_whole_day_and_a_rerun_converges(place)


@pytest.mark.slow
@pytest.mark.parametrize("step", range(9))
def test_a_writer_killed_between_any_two_requests_leaves_a_whole_day_and_a_rerun_converges(
    place, step
):
    write(place.open(), trades(10))
    environment = {**os.environ, "AWS_ACCESS_KEY_ID": KEY, "AWS_SECRET_ACCESS_KEY": SECRET}
    command = [sys.executable, "-c", KILLED, place.url, place.server.endpoint, str(step)]
    assert subprocess.run(command, check=False, env=environment).returncode == (
        -9 if step < 8 else 0
    )
    _killed_leaves_a_whole_day_and_a_rerun_converges(place)


def test_leftovers_do_not_touch_what_a_manifest_names(place):
    archive = place.open()
    manifest = write(archive, trades(10))
    place.put(f"{DAY_FOLDER}/.part-00ff.parquet.tmp", b"x")
    place.put(f"{DAY_FOLDER}/part-00ff.parquet", b"x")
    found = list(archive.leftovers())
    assert {(one.kind, one.path.rpartition("/")[2]) for one in found} == {
        ("draft", ".part-00ff.parquet.tmp"),
        ("superseded", "part-00ff.parquet"),
    }
    assert all(datetime.now(UTC) - one.modified < timedelta(minutes=5) for one in found)
    ours = next(iter(found))
    archive.remove(type(ours)(f"{DAY_FOLDER}/{manifest.file}", "superseded", 0, ours.modified))
    for one in found:
        archive.remove(one)
    assert rows_of(archive).num_rows == 10
    assert len(place.names()) == 2


def test_a_day_in_cold_storage_is_told_so_and_is_left_alone(place):
    store, archive = MemoryStore(), place.open()
    store.append("trades", BTC, trades(10))
    manifest = archive_day(store, archive, *PLACE).manifest
    path = f"{DAY_FOLDER}/{manifest.file}"
    place.put(path, place.get(path), StorageClass="GLACIER")
    with pytest.raises(ArchiveFrozen, match="restore --thaw"):
        rows_of(archive)
    assert archive_day(store, archive, *PLACE).outcome is ArchiveOutcome.UNCHANGED
    assert archived_and_verified(archive, store, *PLACE)
    assert [(v.problem, v.failed) for v in verify(store, archive)] == [("in cold storage", False)]
    store.append("trades", BTC, trades(11))
    assert not archived_and_verified(archive, store, *PLACE)


def _refused(section: ArchiveSection, error: type[Exception], said: str) -> None:
    with pytest.raises(error, match=said) as caught:
        open_object_archive(section).manifest(*PLACE)
    told = str(caught.value) + repr(caught.value.__cause__)
    assert SECRET not in told and KEY not in told


def test_what_is_wrong_with_a_bucket_or_a_key_is_said_without_the_key(place):
    server = place.server
    _refused(server.section("s3://no-such-bucket/x"), ConfigurationError, "no such bucket")
    server.faults = [Fault("GET", "403")]
    _refused(server.section(place.url), ConfigurationError, "no permission to read s3://bucket-")
    server.faults = []
    nobody = {"endpoint": "http://127.0.0.1:9", "retries": 0}
    _refused(server.section(place.url, **nobody), ArchiveUnavailable, "no answer")
    half = {"secret_access_key": None}
    _refused(server.section(place.url, **half), ConfigurationError, "go together")
    _refused(
        server.section(place.url, endpoint="http://u:p@h"),
        ConfigurationError,
        "without credentials",
    )


@pytest.mark.parametrize(
    "url", ["s3://", "s3://B_/x", "s3:///x", f"s3://{KEY}:{SECRET}@bucket/x", "s3://bucket/../x"]
)
def test_an_address_that_is_none_is_refused_before_anything_is_asked(url):
    with pytest.raises(ConfigurationError) as caught:
        open_object_archive(ArchiveSection(url=url))
    assert SECRET not in str(caught.value)


def test_credentials_and_endpoint_come_from_the_environment_or_a_profile(
    place, monkeypatch, tmp_path
):
    write(place.open(), trades(4))
    bare = ArchiveSection(url=place.url)
    monkeypatch.setenv("AWS_ENDPOINT_URL", place.server.endpoint)
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", KEY)
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", SECRET)
    assert rows_of(open_object_archive(bare)).num_rows == 4

    for name in ("AWS_ENDPOINT_URL", "AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.delenv(name)
    config, credentials = tmp_path / "config", tmp_path / "credentials"
    config.write_text(
        f"[profile firm]\nregion = eu-west-1\nendpoint_url = {place.server.endpoint}\n"
    )
    credentials.write_text(f"[firm]\naws_access_key_id = {KEY}\naws_secret_access_key = {SECRET}\n")
    monkeypatch.setenv("AWS_CONFIG_FILE", str(config))
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(credentials))
    monkeypatch.setenv("AWS_PROFILE", "firm")
    assert rows_of(open_object_archive(bare)).num_rows == 4
    monkeypatch.setenv("AWS_PROFILE", "nobody")
    with pytest.raises(ConfigurationError, match="cannot be read"):
        open_object_archive(bare).manifest(*PLACE)
    monkeypatch.delenv("AWS_PROFILE")
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    with pytest.raises(ConfigurationError, match="no AWS credentials"):
        open_object_archive(bare).manifest(*PLACE)


def test_data_that_reads_back_differently_never_becomes_visible(place):
    archive = place.open()

    def spoil() -> None:
        name = next(n for n in place.names() if n.endswith(".tmp"))
        data = place.get(f"{DAY_FOLDER}/{name}")
        place.put(f"{DAY_FOLDER}/{name}", data[:40] + bytes([data[40] ^ 1]) + data[41:])

    place.server.hooks[r"HEAD .*\.tmp"] = spoil
    with pytest.raises(ArchiveMismatch, match="sha256"):
        write(archive, trades(10))
    assert place.names() == []


def test_a_secret_is_not_shown_by_a_section():
    section = ArchiveSection(secret_access_key=SecretStr(SECRET))
    assert SECRET not in repr(section)
    assert s3_server().endpoint.startswith("http://127.0.0.1:")


STREAMED = """
import resource, sys
import pyarrow as pa
from marketdata_platform.archive.object_store import open_object_archive
from marketdata_platform.core.datasets import TRADES
from marketdata_platform.settings import ArchiveSection
from marketdata_platform_tests.archive.archives import PLACE
from marketdata_platform_tests.archive.test_object_store import many
block = many(50_000).to_batches()[0]
def batches(blocks):
    moments = block.column(0).cast("int64")
    for number in range(blocks):
        later = pa.array(moments.to_numpy() + number * 100_000, pa.timestamp("us", "UTC"))
        yield pa.RecordBatch.from_arrays([later, *block.columns[1:]], schema=TRADES.arrow_schema)
archive = open_object_archive(ArchiveSection(url=sys.argv[1], endpoint=sys.argv[2]))
archive.write(*PLACE, batches(6), source_digest="d", check=lambda rows: None)
before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
archive.write(*PLACE, batches(120), source_digest="d", check=lambda rows: None)
print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before)
"""


@pytest.mark.slow
def test_six_million_trades_are_uploaded_and_read_back_in_the_memory_of_a_row_group_and_its_parts(
    place,
):
    environment = {**os.environ, "AWS_ACCESS_KEY_ID": KEY, "AWS_SECRET_ACCESS_KEY": SECRET}
    command = [sys.executable, "-c", STREAMED, place.url, place.server.endpoint]
    done = subprocess.run(command, capture_output=True, text=True, check=True, env=environment)
    assert int(done.stdout) < 250 * 1024  # KiB; all rows at once would be 600 MiB
