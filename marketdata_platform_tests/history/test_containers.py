"""Compressed files: read as streams, refused when they are bombs, tricks or damaged."""

import io
import os
import stat
import struct
import zipfile

import pytest
import zstandard

from marketdata_platform.core.errors import InvalidInput, UnsafeArchive, UnsupportedFormat
from marketdata_platform.history.containers import Caps, members, opened
from marketdata_platform_tests.history.dumps import usdm, write

TEXT = usdm(5000)


def content(path, caps=None):
    with opened(path) as file:
        return {
            m.source: b"".join(iter(lambda m=m: m.stream.read(1 << 20), b""))
            for m in members(file, path.name, caps or Caps())
        }


def zipped(path, *entries, method=zipfile.ZIP_DEFLATED):
    with zipfile.ZipFile(path, "w", method) as archive:
        for name, data in entries:
            archive.writestr(name, data)
    return path


@pytest.mark.parametrize("suffix", [".csv", ".gz", ".zst", ".zip"])
def test_every_container_gives_the_same_bytes(tmp_path, suffix):
    assert list(content(write(tmp_path / f"a{suffix}", TEXT)).values()) == [TEXT.encode()]


def test_the_first_bytes_tell_the_container_not_the_name(tmp_path):
    write(tmp_path / "a.gz", TEXT).rename(tmp_path / "a.csv")
    assert content(tmp_path / "a.csv") == {"a.csv": TEXT.encode()}


def test_files_of_several_compressed_parts_are_read_whole(tmp_path):
    for suffix in (".gz", ".zst"):
        path = write(tmp_path / f"a{suffix}", TEXT)
        path.write_bytes(path.read_bytes() * 2)
        assert len(content(path)[path.name]) == 2 * len(TEXT)


def test_members_of_an_archive_are_told_apart(tmp_path):
    path = zipped(
        tmp_path / "a.zip",
        ("1.csv", "1"),
        ("sub/", ""),
        ("sub/2.csv", "2"),
        ("__MACOSX/._1.csv", "x"),
    )
    assert content(path) == {"a.zip/1.csv": b"1", "a.zip/sub/2.csv": b"2"}


@pytest.mark.parametrize("keep", [10, 0.3, 0.7, -6])
@pytest.mark.parametrize("suffix", [".gz", ".zst", ".zip"])
def test_a_file_that_was_cut_off_is_an_error_not_a_short_file(tmp_path, suffix, keep):
    path = write(tmp_path / f"a{suffix}", TEXT)
    data = path.read_bytes()
    path.write_bytes(data[: int(len(data) * keep) if isinstance(keep, float) else keep])
    with pytest.raises(InvalidInput, match=r"damaged or cut off.*nothing is added twice"):
        content(path)


def test_flipped_bytes_are_found(tmp_path):
    for suffix in (".gz", ".zip"):
        path = write(tmp_path / f"a{suffix}", TEXT)
        data = bytearray(path.read_bytes())
        data[len(data) // 3] ^= 0xFF
        path.write_bytes(data)
        with pytest.raises(InvalidInput, match="damaged"):
            content(path)


def test_a_stored_member_with_a_wrong_crc_is_found(tmp_path):
    path = zipped(tmp_path / "a.zip", ("1.csv", TEXT), method=zipfile.ZIP_STORED)
    path.write_bytes(path.read_bytes().replace(b"64943.90", b"64943.91", 1))
    with pytest.raises(InvalidInput, match="damaged"):
        content(path)


@pytest.mark.parametrize("suffix", [".gz", ".zst", ".zip"])
def test_a_bomb_is_refused_by_its_ratio(tmp_path, suffix):
    path = write(tmp_path / f"a{suffix}", b"0" * (8 << 20))
    with pytest.raises(UnsafeArchive, match="times its"):
        content(path, Caps(free_bytes=1 << 20))
    assert len(content(path)) == 1  # small enough to be let pass with the ordinary caps


@pytest.mark.parametrize("suffix", [".gz", ".zst", ".zip"])
def test_a_file_that_unfolds_beyond_the_cap_is_refused(tmp_path, suffix):
    with pytest.raises(UnsafeArchive, match="more than the 1,000 bytes"):
        content(write(tmp_path / f"a{suffix}", TEXT), Caps(max_bytes=1000))


def test_a_plain_file_has_no_cap(tmp_path):
    assert content(write(tmp_path / "a.csv", TEXT), Caps(max_bytes=10)) == {"a.csv": TEXT.encode()}


def test_an_archive_that_lies_about_its_size_gives_no_more_than_it_says(tmp_path):
    path = zipped(tmp_path / "a.zip", ("1.csv", b"0" * 100_000))
    data = path.read_bytes()
    path.write_bytes(data.replace(struct.pack("<I", 100_000), struct.pack("<I", 10)))
    with pytest.raises(InvalidInput, match="damaged"):
        content(path)


def test_many_members_count_together(tmp_path):
    path = zipped(tmp_path / "a.zip", *((f"{n}.csv", b"0" * (1 << 20)) for n in range(8)))
    with pytest.raises(UnsafeArchive):
        content(path, Caps(free_bytes=4 << 20, max_ratio=100))


@pytest.mark.parametrize(
    "name", ["../a.csv", "/etc/passwd", "a/../../b.csv", "C:/a.csv", "a\x1b[2J.csv"]
)
def test_member_names_that_leave_the_folder_are_refused(tmp_path, name):
    with pytest.raises(UnsafeArchive, match="leaves the folder"):
        content(zipped(tmp_path / "a.zip", ("ok.csv", "1"), (name, "1")))


def test_backslashes_links_archives_inside_and_encryption_are_refused(tmp_path):
    path = zipped(tmp_path / "b.zip", ("a_b.csv", "1"))
    path.write_bytes(path.read_bytes().replace(b"a_b.csv", b"a\\b.csv"))
    with pytest.raises(UnsafeArchive, match="leaves the folder"):
        content(path)
    link = zipfile.ZipInfo("l.csv")
    link.external_attr = (stat.S_IFLNK | 0o777) << 16
    with pytest.raises(UnsafeArchive, match="symbolic link"):
        content(zipped(tmp_path / "l.zip", (link, "/etc/passwd")))
    with pytest.raises(UnsafeArchive, match="itself an archive"):
        content(zipped(tmp_path / "n.zip", ("inner.zip", "PK")))
    path = zipped(tmp_path / "e.zip", ("a.csv", "1"))
    data = bytearray(path.read_bytes())
    data[data.index(b"PK\x01\x02") + 8] |= 1
    path.write_bytes(data)
    with pytest.raises(UnsafeArchive, match="encrypted"):
        content(path)


def test_methods_that_are_not_read_are_named(tmp_path):
    with pytest.raises(UnsupportedFormat, match="deflate"):
        content(zipped(tmp_path / "a.zip", ("a.csv", TEXT), method=zipfile.ZIP_BZIP2))
    with pytest.raises(UnsupportedFormat, match="empty archive"):
        content(zipped(tmp_path / "b.zip"))


def test_what_is_no_file_is_refused(tmp_path):
    for path in (tmp_path, tmp_path / "none.csv"):
        with pytest.raises(InvalidInput, match="cannot be read"):
            content(path)


def test_a_bomb_is_refused_before_it_fills_memory(tmp_path):
    path = tmp_path / "a.zst"
    with path.open("wb") as file, zstandard.ZstdCompressor(level=19).stream_writer(file) as writer:
        for _ in range(256):
            writer.write(bytes(1 << 20))
    seen = 0
    with opened(path) as file, pytest.raises(UnsafeArchive):
        for member in members(file, path.name, Caps()):
            while data := member.stream.read(1 << 30):
                assert len(data) <= 1 << 20
                seen += len(data)
    assert seen <= Caps().free_bytes


def test_a_zip_of_random_bytes_is_damaged_not_a_crash(tmp_path):
    noise = io.BytesIO(b"PK\x03\x04" + os.urandom(2000)).getvalue()
    (tmp_path / "a.zip").write_bytes(noise)
    with pytest.raises(InvalidInput, match="damaged"):
        content(tmp_path / "a.zip")
