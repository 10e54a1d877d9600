"""Streaming ingestion as a job: a gatherer in a run of its own, from its start until its successor
takes over.

Belongs here: the run. Does not: recording (platform.gatherers), keeping it alive (keep_alive.py).
"""

import threading
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import dagster as dg

from marketdata_platform.defs.live.live_checks import journal_key
from marketdata_platform.defs.resources import PlatformResource
from marketdata_platform.defs.tags import GATHERER_TAG, live_tags
from marketdata_platform.settings import Settings
from marketdata_platform.workflows.bookkeeping.gatherer_status import GathererStatus

if TYPE_CHECKING:
    from marketdata_platform.platform.gatherers.capture import CaptureResult

CAPTURE = "capture"
RECORD = "record"  # the op: Dagster wants it named unlike the job
# A session goes on for as long again when nobody takes over: a daemon that is down must not end the
# recording.
_PATIENCE = 2.0
_SECONDS_BETWEEN_LINES = 60.0


class CaptureConfig(dg.Config):
    """Which gatherer a run is. Nothing else: what it records is configuration, and keys are nowhere
    in a run.
    """

    gatherer: str


@dataclass(frozen=True, slots=True)
class _CaptureSettings:
    """What capturing needs of a platform: no store, so that a database that is down cannot stop a
    recording.
    """

    settings: Settings


def capture_job() -> dg.JobDefinition:
    """`capture`: one gatherer, in the foreground of a run."""

    @dg.op(
        name=RECORD,
        description=(
            "Ingest the streams: connect, subscribe, and write every frame into the journal "
            "before decoding it."
        ),
    )
    def record(
        context: dg.OpExecutionContext, config: CaptureConfig, platform: PlatformResource
    ) -> None:
        from marketdata_platform.platform.gatherers.capture import capture

        context.instance.add_run_tags(context.run_id, {GATHERER_TAG: config.gatherer})
        settings = platform.settings()
        seconds = settings.capture.session_seconds * _PATIENCE
        with _StatusLog(context) as log:
            result = capture(
                _CaptureSettings(settings),
                config.gatherer,
                seconds=seconds,
                run_id=context.run_id,
                on_status=log.heard,
            )
        _log_end(context, result)
        run = context.instance.get_run_by_id(context.run_id)
        if run is not None and run.status is dg.DagsterRunStatus.CANCELING:
            # All is drained and on disk: now the run may say that it was cancelled.
            raise dg.DagsterExecutionInterruptedError

    @dg.job(
        name=CAPTURE,
        executor_def=dg.in_process_executor,
        tags=live_tags(CAPTURE, priority=10),
        description=(
            "Streaming ingestion: one gatherer receives the venues' WebSocket streams and writes "
            "each frame into its journal. Terminate drains it; its sensor starts another."
        ),
    )
    def job() -> None:
        record()

    return job


class _StatusLog:
    """Writes into the run's log each minute how the gatherer stands, from a thread: a slow log must
    not hold up a socket.
    """

    def __init__(self, context: dg.OpExecutionContext) -> None:
        self.last: GathererStatus | None = None
        self._log = context.log
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._run, name="status_log", daemon=True)

    def heard(self, status: GathererStatus) -> None:
        self.last = status

    def __enter__(self) -> "_StatusLog":
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        self._thread.join(timeout=5)

    def _run(self) -> None:
        wait = 2.0  # the first line soon: it says that all is well
        while not self._over.wait(wait):
            if self.last is not None:
                self._log.info(_line(self.last))
            wait = _SECONDS_BETWEEN_LINES


def _line(status: GathererStatus) -> str:
    up = sum(c.state == "connected" for c in status.connections)
    rate = sum(s.messages_per_second for s in status.streams)
    return (
        f"{status.gatherer} is {status.state}: {up} of {len(status.connections)} connections up, "
        f"{status.frames} frames ({rate:.0f}/s), {status.bytes} bytes, "
        f"acknowledged up to {status.acknowledged or 'nothing yet'}"
        + (f"; {status.stopped_reason}" if status.stopped_reason else "")
    )


def _log_end(context: dg.OpExecutionContext, result: "CaptureResult") -> None:
    context.log.info(f"{_line(result.status)}; ended after {result.seconds:.0f} s: {result.ended}")
    metadata: dict[str, Any] = {
        "ended": result.ended,
        "frames of the session": result.frames,
        "bytes of the session": result.bytes,
        "disconnects": sum(c.disconnects for c in result.status.connections),
        "gaps seen": sum(s.gaps for s in result.status.streams),
        "acknowledged": result.acknowledged or "nothing",
    }
    context.log_event(dg.AssetObservation(journal_key(result.gatherer), metadata=metadata))
