"""Gatherers in threads of the tests beat faster, so that nobody waits a second to see how one
is.
"""

import pytest

from marketdata_platform.platform.gatherers import capture


@pytest.fixture(autouse=True)
def quick_heartbeats(monkeypatch):
    monkeypatch.setattr(capture, "_BEAT_SECONDS", 0.1)
