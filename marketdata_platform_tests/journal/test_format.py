"""docs/journal.md, followed to the letter by a reader that shares no code with ours."""

from zlib import crc32

import zstandard

from marketdata_platform.journal import JournalWriter
from marketdata_platform_tests.journal.frames import only_file


def number(data, at, size, signed=False):
    return int.from_bytes(data[at : at + size], "little", signed=signed)


def records_by_the_book(segment):
    header = segment[:128]
    assert segment[128:256] == header
    assert header[:8] == b"MDJRNL\r\n"
    assert (number(header, 8, 2), number(header, 10, 2), number(header, 16, 8)) == (2, 256, 1)
    assert header[33 : 33 + header[32]] == b"tokyo"
    assert header[33 + header[32] : 124] == bytes(91 - header[32])
    assert number(header, 124, 4) == crc32(header[:124])
    salt, at = number(header, 12, 4), 256
    while at < len(segment):
        record = segment[at:]
        assert record[:4] == bytes.fromhex("F5D74A52")
        size, n = number(record, 4, 4), record[30]
        a = crc32(record[4 : 32 + n], (salt + at) % 2**32)
        payload = record[40 + n : 40 + n + size]
        assert number(record, 32 + n, 4) == a
        assert number(record, 36 + n, 4) == crc32(payload, a)
        times = number(record, 8, 8, signed=True), number(record, 16, 8, signed=True)
        first = number(record, 24, 4)
        frames = [payload] if record[31] == 0 else frames_by_the_book(payload)
        for k, frame in enumerate(frames):
            yield record[32 : 32 + n].decode(), number(record, 28, 2), first + k, *times, frame
        at += 40 + n + size


def frames_by_the_book(payload):
    c = number(payload, 0, 4)
    assert 1 <= c <= 256
    assert len(payload) <= 65_536
    at = 4 + 4 * c
    for k in range(c):
        size = number(payload, 4 + 4 * k, 4)
        yield payload[at : at + size]
        at += size
    assert at == len(payload)


def blocks_by_the_book(sealed):
    assert (number(sealed, 0, 4), number(sealed, 4, 4)) == (0x184D2A5A, 256)
    plain, at, blocks = b"", 264, 0
    while number(sealed, at, 4) == 0x184D2A5B:
        assert number(sealed, at + 4, 4) == 20
        assert number(sealed, at + 24, 4) == crc32(sealed[at + 8 : at + 24])
        assert number(sealed, at + 8, 8) == len(plain)
        stored = number(sealed, at + 20, 4)
        block = zstandard.ZstdDecompressor().decompress(sealed[at + 28 : at + 28 + stored])
        assert len(block) == number(sealed, at + 16, 4)
        plain, at, blocks = plain + block, at + 28 + stored, blocks + 1
    assert (number(sealed, at, 4), number(sealed, at + 4, 4)) == (0x184D2A5C, 16)
    assert (number(sealed, at + 8, 8), number(sealed, at + 16, 4)) == (len(plain), blocks)
    assert number(sealed, at + 20, 4) == crc32(sealed[at + 8 : at + 20])
    assert at + 24 == len(sealed)
    assert sealed[8:264] == plain[:256]
    return plain


def test_a_reader_written_from_the_page_reads_what_the_writer_wrote(tmp_path):
    expected = []
    with JournalWriter(tmp_path, "tokyo") as writer:
        for n in range(3000):
            stream, payload = ("ü", "binance:spot:BTCUSDT@trade")[n % 2], b"%d" % n * (n % 100)
            writer.append(stream, payload, n - 5, -n)
            expected.append((stream, n % 2, n // 2, n - 5, -n, payload))
        batch = [b"%d" % n * (n % 60) for n in range(700)] + [bytes(70_000), b"", b"last"]
        assert writer.append_many_nowait("ü", batch, 1, 2) == len(batch)
        expected += [("ü", 0, 1500 + k, 1, 2, payload) for k, payload in enumerate(batch)]
        writer.flush()
        plain = only_file(tmp_path, "*.journal").read_bytes()
        assert list(records_by_the_book(plain)) == expected
    assert blocks_by_the_book(only_file(tmp_path).read_bytes()) == plain
