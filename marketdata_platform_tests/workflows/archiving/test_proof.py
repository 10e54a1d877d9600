from datetime import timedelta

import pytest

from marketdata_platform.archive.folder import FolderArchive
from marketdata_platform.core.errors import ArchiveUnavailable
from marketdata_platform.stores.memory import MemoryStore
from marketdata_platform.workflows.archiving.days import archive_day
from marketdata_platform.workflows.archiving.proof import archived_and_verified
from marketdata_platform_tests.archive.days import BTC, DAY, NOON, table, trade, trades

PLACE = ("trades", BTC, DAY)
DATA = (
    "archive/raw/trades/venue=binance/market=futures/symbol=BTCUSDT/date=2024-07-19/part-0.parquet"
)


@pytest.fixture
def store() -> MemoryStore:
    store = MemoryStore()
    store.append("trades", BTC, trades(20))
    return store


@pytest.fixture
def archive(tmp_path) -> FolderArchive:
    return FolderArchive(tmp_path)


def test_an_archived_day_that_reads_back_as_the_store_has_it_is_proved(store, archive):
    archive_day(store, archive, *PLACE)
    proof = archived_and_verified(archive, store, *PLACE)
    assert proof
    assert (proof.rows, proof.reason) == (20, "")
    assert proof.digest == store.coverage("trades", BTC)[0].digest


def test_a_day_that_was_never_archived_is_not_proved(store, archive):
    proof = archived_and_verified(archive, store, *PLACE)
    assert not proof
    assert proof.reason


def test_rows_that_came_after_the_export_are_not_proved(store, archive):
    archive_day(store, archive, *PLACE)
    store.append("trades", BTC, table([trade(99)]))
    proof = archived_and_verified(archive, store, *PLACE)
    assert not proof
    assert "store has" in proof.reason or "goes on" in proof.reason
    assert (
        archived_and_verified(
            archive, store, "trades", BTC, (NOON + timedelta(days=1)).date()
        ).verified
        is False
    )


@pytest.mark.parametrize("damage", ["flip", "remove"])
def test_an_archive_whose_bytes_are_not_the_manifests_proves_nothing(
    store, archive, tmp_path, damage
):
    archive_day(store, archive, *PLACE)
    path = tmp_path / DATA
    data = path.read_bytes()
    if damage == "flip":
        path.write_bytes(data[:50] + bytes([data[50] ^ 1]) + data[51:])
    else:
        path.unlink()
    assert not archived_and_verified(archive, store, *PLACE)


def test_an_archive_that_does_not_answer_proves_nothing(store, archive, monkeypatch):
    def down(*_: object) -> None:
        raise ArchiveUnavailable("the object store does not answer")

    archive_day(store, archive, *PLACE)
    monkeypatch.setattr(archive, "manifest", down)
    proof = archived_and_verified(archive, store, *PLACE)
    assert not proof
    assert "does not answer" in proof.reason
