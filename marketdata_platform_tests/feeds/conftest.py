"""Gatherers in threads of the tests beat faster, so that nobody waits a second to see how one is."""

import pytest

from marketdata_platform.platform import capturing


@pytest.fixture(autouse=True)
def quick_heartbeats(monkeypatch):
    monkeypatch.setattr(capturing, "_BEAT_SECONDS", 0.1)
