import tempfile
from pathlib import Path
from zlib import crc32

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from marketdata_platform.journal.format import read_header
from marketdata_platform.journal.reading._scan_kernel import _TABLES, _crc, scan_compiled
from marketdata_platform.journal.reading.scan import scan_plainly
from marketdata_platform_tests.journal.frames import only_file, write_open


@given(data=st.binary(max_size=100), seed=st.integers(0, 2**32 - 1), begin=st.integers(0, 20))
def test_the_compiled_check_sum_is_zlib_s(data, seed, begin):
    begin = min(begin, len(data))
    assert _crc(np.frombuffer(data, np.uint8), begin, len(data), np.uint32(seed), _TABLES) == crc32(
        data[begin:], seed
    )


def test_the_compiled_scan_equals_the_plain_one_at_any_cut_and_any_flip():
    with tempfile.TemporaryDirectory() as name:
        write_open(Path(name), 12, size=30)
        segment = only_file(Path(name)).read_bytes()
    salt = read_header(segment).salt

    @settings(max_examples=300, deadline=None)
    @given(
        begin=st.integers(256, len(segment)),
        size=st.integers(0, 600),
        flip=st.integers(0, 600),
        bit=st.integers(0, 7),
    )
    def equal(begin, size, flip, bit):
        data = bytearray(segment[begin : begin + size])
        if flip < len(data):
            data[flip] ^= 1 << bit
        same(bytes(data), begin, salt)

    equal()
    same(segment[256:], 256, salt)
    same(b"", 256, salt)


def same(data, base, salt):
    plain, compiled = scan_plainly(data, base, salt), scan_compiled(data, base, salt)
    for name in ("start", "payload", "payload_end", "recv_ns", "mono_ns", "sequence", "stream"):
        assert getattr(plain, name).tolist() == getattr(compiled, name).tolist()
    assert (plain.names, plain.consumed, plain.stop, plain.need) == (
        compiled.names,
        compiled.consumed,
        compiled.stop,
        compiled.need,
    )
