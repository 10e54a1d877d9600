"""A gatherer in a thread of the test, its settings, and what its journal holds."""

import json
import re
import threading
from dataclasses import dataclass

from marketdata_platform.journal import JournalReader, JournalRecord
from marketdata_platform.platform.gatherers.capture import CaptureResult, capture
from marketdata_platform.settings import Settings
from marketdata_platform.workflows.bookkeeping.gatherer_status import GathererStatus, read_heartbeat

BTC = "binance:spot:BTCUSDT"


@dataclass
class Deployed:
    """What capture needs of a platform."""

    settings: Settings


def settings_for(
    root, server, datasets=("trades",), symbols=("BTCUSDT",), *, endpoint=None, **capture_keys
) -> Settings:
    """Settings that record from a test server."""
    return Settings(
        root=root,
        gatherers=["g1"],
        capture={
            "instruments": {f"binance:spot:{symbol}": datasets for symbol in symbols},
            "commit_seconds": 0.02,
            **capture_keys,
        },
        endpoints={
            "binance:spot": {"websocket": server.url, "rest": server.rest, **(endpoint or {})}
        },
    )


class Recording:
    """A running gatherer; a context manager that ends it. `status` is the newest."""

    def __init__(self, settings: Settings, gatherer: str = "g1") -> None:
        self.settings = settings
        self.folder = settings.root / "journals" / gatherer
        self.status: GathererStatus | None = None
        self.result: CaptureResult | None = None
        self.error: BaseException | None = None
        self.stop = threading.Event()
        self._gatherer = gatherer
        self._thread = threading.Thread(target=self._run, daemon=True)

    def _run(self) -> None:
        try:
            self.result = capture(
                Deployed(self.settings),
                self._gatherer,
                stop=self.stop,
                on_status=lambda s: setattr(self, "status", s),
            )
        except Exception as error:  # noqa: BLE001 - the test looks at it
            self.error = error

    def __enter__(self) -> "Recording":
        self._thread.start()
        return self

    def __exit__(self, *_) -> None:
        self.stop.set()
        self._thread.join(15)
        assert not self._thread.is_alive(), "the gatherer did not end"

    def records(self, pattern: str = "") -> list[JournalRecord]:
        """Records whose stream matches, as a reader beside the writer sees them."""
        return [one for one in read(self.folder) if re.search(pattern, one.stream)]

    def notes(self, event: str = "") -> list[dict]:
        """What the gatherer said in its journal."""
        return [
            n
            for r in self.records("/note/")
            if (n := json.loads(r.payload))["event"] == event or not event
        ]

    def trade_ids(self) -> list[int]:
        """Ids of the trades, as recorded."""
        return trade_ids(self.records("/ws/"))


def read(folder) -> list[JournalRecord]:
    """All that a journal holds."""
    if not folder.is_dir():
        return []
    found = list(JournalReader(folder).read())
    assert all(isinstance(one, JournalRecord) for one in found), "the journal is damaged"
    return found


def trade_ids(records) -> list[int]:
    """Ids of the trades in records of WebSocket streams."""
    return [
        int(found[1])
        for one in records
        if (found := re.search(rb'"e":"trade".*?"t":(\d+)', one.payload))
    ]


def heartbeat(folder) -> GathererStatus | None:
    """The newest heartbeat."""
    return read_heartbeat(folder)
