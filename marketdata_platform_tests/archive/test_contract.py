"""What every archive must do, wherever it is."""

import json
import threading
from datetime import timedelta

import pyarrow as pa
import pytest

from marketdata_platform.core.datasets import TRADES
from marketdata_platform.core.errors import ArchiveChanged, ArchiveMismatch, InvalidInput
from marketdata_platform.core.instrument import Instrument
from marketdata_platform.workflows.ports import Partition
from marketdata_platform_tests.archive.archives import (
    DAY_FOLDER,
    HOUR_FOLDER,
    PLACE,
    FolderPlace,
    ObjectPlace,
)
from marketdata_platform_tests.archive.days import BTC, DAY, NOON, table, trade, trades


@pytest.fixture(params=["folder", "object"])
def place(request, tmp_path):
    return FolderPlace(tmp_path) if request.param == "folder" else ObjectPlace()


def archived(place, rows: pa.Table, digest: str = "d", **options):
    return place.open().write(
        *PLACE, iter(rows.to_batches(max_chunksize=3)), source_digest=digest, **options
    )


def rows_of(archive, hour: int | None = None) -> pa.Table:
    return pa.Table.from_batches(archive.read(*PLACE, hour), schema=TRADES.arrow_schema)


def one_generation(place) -> bool:
    names = place.names()
    return len(names) == 2 and names[0] == "_manifest.json" and names[1].startswith("part-")


def test_what_is_written_reads_back_with_its_manifest(place):
    manifest = archived(place, trades(10), "abc")
    archive = place.open()
    assert rows_of(archive).equals(trades(10))
    assert archive.manifest(*PLACE) == manifest
    assert (manifest.rows, manifest.first_key, manifest.last_key) == (10, "5000000", "5000009")
    assert manifest.first_time == "2024-07-19T12:00:00+00:00"
    assert manifest.last_time == "2024-07-19T12:00:00.003000+00:00"
    assert manifest.source_digest == "abc"
    assert len(place.get(f"{DAY_FOLDER}/{manifest.file}")) == manifest.bytes
    assert list(archive.manifests()) == [manifest]
    assert one_generation(place)
    assert place.glob().height == 10


def test_a_day_that_was_never_archived_has_no_manifest_and_cannot_be_read(place):
    archive = place.open()
    assert archive.manifest(*PLACE) is None
    assert list(archive.manifests()) == list(archive.partitions()) == list(archive.strays()) == []
    assert archive.hours(*PLACE) == list(archive.open_days()) == list(archive.leftovers()) == []
    archive.finish(*PLACE)
    archive.drop_hours(*PLACE)
    with pytest.raises(ArchiveMismatch, match="never archived"):
        next(archive.read(*PLACE))


def test_writing_again_replaces_the_day_and_leaves_one_file(place):
    archived(place, trades(10))
    archived(place, trades(4))
    assert rows_of(place.open()).num_rows == place.glob().height == 4
    assert one_generation(place)


def test_two_archives_of_equal_rows_hold_equal_bytes(place, tmp_path):
    here = archived(place, trades(300))
    there = archived(FolderPlace(tmp_path / "other"), trades(300))
    assert (here.bytes, here.sha256) == (there.bytes, there.sha256)


@pytest.mark.parametrize(
    ("rows", "said"),
    [
        (trades(0), "no rows"),
        (table([trade(1, ts_event=NOON + timedelta(days=1))]), "not of 2024-07-19"),
        (table([trade(9), trade(1)]), "sorted by ts_event"),
        (
            table([trade(30), trade(31), trade(32), trade(0)]),
            "sorted by ts_event",
        ),  # across batches of three
        (trades(3).drop_columns(["side"]), "must have the columns"),
        (
            pa.Table.from_arrays(
                [
                    pa.nulls(1, f.type) if f.name == "side" else c
                    for f, c in zip(TRADES.arrow_schema, trades(1).columns, strict=True)
                ],
                names=TRADES.arrow_schema.names,
            ),
            "side must not be null",
        ),
    ],
)
def test_rows_that_are_not_a_sorted_day_of_the_dataset_are_refused_and_leave_the_old_day(
    place, rows, said
):
    archived(place, trades(2))
    with pytest.raises(InvalidInput, match=said):
        archived(place, rows)
    assert rows_of(place.open()).equals(trades(2))
    assert one_generation(place)


def test_nothing_is_visible_before_the_check_has_passed(place):
    seen = []

    def check(rows):
        seen.append(pa.Table.from_batches(rows))
        seen.append(
            [
                name
                for name in place.names()
                if name.endswith(".parquet") or name == "_manifest.json"
            ]
        )
        raise ArchiveMismatch("no")

    with pytest.raises(ArchiveMismatch, match="no"):
        archived(place, trades(5), check=check)
    assert seen[0].equals(trades(5))
    assert seen[1] == []
    assert place.names() == []
    assert list(place.open().partitions()) == []


def test_two_exporters_at_once_converge_on_one_of_their_days(place):
    archived(place, trades(50))

    def export(count: int) -> None:
        for _ in range(4):
            try:
                archived(place, trades(count))
            except ArchiveChanged:
                continue

    threads = [threading.Thread(target=export, args=(count,)) for count in (100, 150, 220)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    manifest = place.open().manifest(*PLACE)
    assert manifest is not None and manifest.rows in (100, 150, 220)
    assert rows_of(place.open()).num_rows == place.glob().height == manifest.rows
    assert one_generation(place)


def test_readers_always_find_one_whole_generation_while_days_are_replaced(place):
    archived(place, trades(300))
    by_manifest, by_glob, problems, stop = set(), set(), [], threading.Event()

    def watch():
        try:
            while not stop.is_set():
                by_manifest.add(rows_of(place.open()).num_rows)  # raises on a mixture
        except ArchiveMismatch as error:
            problems.append(error)

    def list_():
        while not stop.is_set():
            by_glob.add(sum(name.endswith(".parquet") for name in place.names()))

    threads = [threading.Thread(target=watch), threading.Thread(target=list_)]
    for thread in threads:
        thread.start()
    for number in range(8):
        archived(place, trades(200 if number % 2 == 0 else 300))
    stop.set()
    for thread in threads:
        thread.join()
    assert problems == []
    assert by_manifest <= {200, 300}
    assert by_glob <= {0, 1}  # never two: that would count double


def test_partitions_and_strays_tell_ours_from_what_others_put_there(place):
    archived(place, trades(1))
    archive = place.open()
    other = Instrument.parse("binance:futures:CL:BF F1")
    archive.write("trades", other, DAY, iter(trades(2).to_batches()), source_digest="d")
    place.put(f"{DAY_FOLDER}/part-1.parquet", b"x")
    prefix = DAY_FOLDER.rpartition("/")[0]
    place.put(f"{prefix}/date=2024-7-1/part-0.parquet", b"x")
    place.put("raw/notes.txt", b"x")

    assert list(archive.partitions()) == [Partition(*PLACE), Partition("trades", other, DAY)]
    assert list(archive.partitions("trades", other)) == [Partition("trades", other, DAY)]
    assert list(archive.partitions("bar__kline")) == []
    assert sorted(archive.strays()) == [
        "raw/notes.txt",
        f"{prefix}/date=2024-07-19/part-1.parquet",
        f"{prefix}/date=2024-7-1/part-0.parquet",
    ]
    assert list(archive.strays("trades", other)) == []


@pytest.mark.parametrize(
    ("edit", "said"),
    [
        (lambda text: text[:-5], "not JSON"),
        (lambda text: "[]", "not of format"),
        (lambda text: text.replace('"rows": 5', '"rows": "5"'), "wrong ones"),
        (lambda text: text.replace('"rows": 5,', ""), "lacks fields"),
        (lambda text: text.replace("BTCUSDT", "ETHUSDT"), "speaks of"),
        (lambda text: text.replace('"format": 1', '"format": 2'), "not of format"),
    ],
)
def test_a_manifest_that_is_not_ours_is_refused_and_can_be_replaced(place, edit, said):
    archived(place, trades(5))
    path = f"{DAY_FOLDER}/_manifest.json"
    place.put(path, edit(place.get(path).decode()).encode())
    with pytest.raises(ArchiveMismatch, match=said):
        place.open().manifest(*PLACE)
    archived(place, trades(5))
    assert rows_of(place.open()).equals(trades(5))


def test_a_manifest_naming_a_file_elsewhere_is_refused(place):
    archived(place, trades(5))
    path = f"{DAY_FOLDER}/_manifest.json"
    place.put(path, json.dumps({**json.loads(place.get(path)), "file": "../../x.parquet"}).encode())
    with pytest.raises(ArchiveMismatch, match="another file"):
        rows_of(place.open())


@pytest.mark.parametrize("damage", ["flip", "truncate", "grow", "remove"])
def test_a_file_that_is_not_the_manifests_is_never_read(place, damage):
    manifest = archived(place, trades(5))
    path = f"{DAY_FOLDER}/{manifest.file}"
    data = place.get(path)
    if damage == "remove":
        place.remove(path)
    else:
        changed = {
            "flip": data[:40] + bytes([data[40] ^ 1]) + data[41:],
            "truncate": data[:-9],
            "grow": data + b"x",
        }
        place.put(path, changed[damage])
    with pytest.raises(ArchiveMismatch, match=r"archive (it|the day) again|says"):
        rows_of(place.open())


def test_hours_of_an_open_day_lie_apart_from_the_days(place):
    manifest = archived(place, trades(9), hour=12)
    archive = place.open()
    assert (manifest.hour, manifest.rows) == (12, 9)
    assert archive.hours(*PLACE) == [12]
    assert archive.manifest(*PLACE, 12) == manifest
    assert rows_of(archive, 12).equals(trades(9))
    assert (
        list(archive.open_days()) == list(archive.open_days("trades", BTC)) == [Partition(*PLACE)]
    )
    assert list(archive.open_days("bar__kline")) == []
    assert list(archive.partitions()) == list(archive.manifests()) == list(archive.strays()) == []
    assert archive.manifest(*PLACE) is None
    assert place.glob().height == 0
    with pytest.raises(InvalidInput, match="not of 2024-07-19 from 11:00 to 12:00"):
        archived(place, trades(9), hour=11)
    archive.drop_hours(*PLACE)
    assert archive.hours(*PLACE) == []
    assert list(archive.open_days()) == list(archive.leftovers()) == []
    assert [name for name in place.names(HOUR_FOLDER) if not name.startswith(".")] == []
