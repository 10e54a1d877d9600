"""Recorded frames of real venues, with their receive times; they lie outside the project and are
never copied.
"""

import json
import os
from pathlib import Path

import numpy as np
import pytest
import zstandard


def recorded(path):
    """The file or folder of the recordings, or a visible skip."""
    root = os.environ.get("MARKETDATA_TEST_DATA")
    if not root:
        pytest.skip("MARKETDATA_TEST_DATA is not set: no recorded frames")
    return Path(root) / path


def lines(path):
    with zstandard.open(recorded(path), "rb") as file:
        return file.read().splitlines()


def batch(pairs):
    """(frames, receive times in µs) of (seconds or µs, frame) pairs."""
    received = [t if isinstance(t, int) else round(t * 1_000_000) for t, _ in pairs]
    return [frame for _, frame in pairs], np.array(received, np.int64)


def json_capture(path, kind="recv"):
    """(receive time, text, url) of the lines of one kind of a capture in JSON lines."""
    found = (json.loads(line) for line in lines(path))
    return [
        (line["ts"], line["data"].encode(), line.get("url", ""))
        for line in found
        if line["t"] == kind
    ]


def received(path):
    return batch([(when, frame) for when, frame, _ in json_capture(path)])


def text_capture(path):
    """Frames of a capture of `<receive time>: <frame>` lines; others are what was sent and
    fetched.
    """
    parted = (line.partition(b": ") for line in lines(path))
    return batch(
        [(float(when), frame) for when, _, frame in parted if when.replace(b".", b"").isdigit()]
    )


def stamped_capture(path):
    """Frames of a capture of `<receive time> <frame>` lines, µs or ns."""
    parted = (line.partition(b" ") for line in lines(path))
    counted = [(int(when), frame) for when, _, frame in parted]
    return batch([(when // 1000 if when > 10**17 else when, frame) for when, frame in counted])


def kalshi_capture(path):
    """Frames of a capture of `{"recv_ms":…,"event":…}` lines."""
    pairs = []
    for line in lines(path):
        event = line.index(b'"event":') + len(b'"event":')
        pairs.append((int(line[len(b'{"recv_ms":') : line.index(b",")]) * 1000, line[event:-1]))
    return batch(pairs)
