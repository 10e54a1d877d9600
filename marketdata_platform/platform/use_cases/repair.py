"""Repair in a deployment: gatherers first, then the venues' REST history, by way of a journal of
its own.

Belongs here: the order of the steps, the journal `repair`, the venues' clients. Does not: which
gaps can be filled and what becomes of them (workflows.repair), pages of a history (feeds.history).

Answers are journaled before they are landed, so a repair that is killed loses none: the next
landing has them, and the next repair sees that nothing is missing any more. One process at a time
asks: the journal's lock decides.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Sequence
from contextlib import nullcontext
from datetime import UTC, datetime

from marketdata_platform.core.errors import JournalLocked
from marketdata_platform.core.instrument import Instrument
from marketdata_platform.feeds.asking.history import RestHistory
from marketdata_platform.feeds.asking.rest import RestClient
from marketdata_platform.feeds.connecting.handshakes import history_headers_of
from marketdata_platform.journal import JournalWriter
from marketdata_platform.platform.deployment import Platform
from marketdata_platform.platform.use_cases.land import REPAIR, gaps_of, land, write_gaps
from marketdata_platform.workflows.bookkeeping.gap_ledger import IRREPARABLE, OPEN, Gap
from marketdata_platform.workflows.gaps.repair import (
    Asked,
    Ids,
    RemainingGap,
    Repaired,
    ask,
    hole_of,
    hopeless,
    landed_meanwhile,
    now_of,
    verdict,
)
from marketdata_platform.workflows.ports import History

_LOOK_SECONDS = 0.2
_TOGETHER = 50  # gaps that are asked for, landed and judged at a time
Progress = Callable[[Repaired, int, int], None]  # one gap's fate, gaps done, gaps in all


def repair(
    platform: Platform,
    *,
    instrument: str | Instrument | None = None,
    now: datetime | None = None,
    history: History | None = None,
    progress: Progress | None = None,
    wait_seconds: float = 60.0,
) -> list[Repaired]:
    """Fill the open gaps of one instrument, or of all, and write into the ledger what became of
    each.

    Running it again is harmless, at any moment and from several processes.

    Args:
        platform: the deployment.
        instrument: `venue:market:symbol`; None: all.
        now: the time that closed gaps carry; None: the present.
        history: who is asked; None: the venues' REST endpoints, as configured.
        progress: called for each gap.
        wait_seconds: how long to wait for another repair to end, which does what this one would.

    Raises:
        JournalLocked: another repair is still at work.
        StoreLocked, StoreUnavailable: try again; answers that were journaled are kept.
    """
    at = now or datetime.now(UTC)
    before = gaps_of(platform, instrument, OPEN)
    land(platform)
    ledger = gaps_of(platform, instrument)
    gaps = [gap for gap in ledger if gap.status == OPEN]
    filled = landed_meanwhile(before, ledger)
    work = _Repair(platform, at, len(gaps) + len(filled), progress)
    work.tell(filled)
    asking = work.settle_without_asking(gaps)
    if asking:
        journal, waited = _journal(platform, wait_seconds)
        with (
            journal,
            nullcontext(history) if history is not None else rest_history(platform) as asked,
        ):
            work.ask_all(work.left_of(asking) if waited else asking, asked, journal)
    return work.done


def _journal(platform: Platform, wait_seconds: float) -> tuple[JournalWriter, bool]:
    """The journal of repairs, and whether another repair had it until now."""
    deadline = time.monotonic() + wait_seconds
    waited = False
    while True:
        try:
            return JournalWriter(platform.root / "journals" / REPAIR, REPAIR), waited
        except JournalLocked:
            if time.monotonic() >= deadline:
                raise
            waited = True
            time.sleep(_LOOK_SECONDS)


def rest_history(platform: Platform) -> RestHistory:
    """The venues' history, at the endpoints and within the limits of the configuration."""

    def client_of(venue: str, market: str) -> RestClient:
        return RestClient(
            platform.settings.endpoint(venue, market), headers=history_headers_of(venue)
        )

    return RestHistory(client_of)


class _Repair:
    """One run over the ledger."""

    def __init__(
        self, platform: Platform, at: datetime, total: int, progress: Progress | None
    ) -> None:
        self.platform, self.at, self.total, self.progress = platform, at, total, progress
        self.done: list[Repaired] = []
        self._asked: dict[tuple[Instrument, tuple[Ids, ...] | None], Asked] = {}

    def settle_without_asking(self, gaps: Iterable[Gap]) -> list[RemainingGap]:
        """Close what is whole by now and what nobody can fill; the rest is to be asked for."""
        left: list[RemainingGap] = []
        settled: list[Repaired] = []
        with self.platform.store.session():
            for gap in gaps:
                reason = hopeless(gap)
                if reason is not None:
                    settled.append(
                        Repaired(gap.closed(IRREPARABLE, self.at, reason), 0, gap.missing)
                    )
                    continue
                hole = hole_of(self.platform.store, gap)
                if hole.missing == 0:
                    settled += verdict(hole, [hole], None, self.at)
                else:
                    left.append(hole)
        self._write(settled)
        return left

    def left_of(self, holes: Sequence[RemainingGap]) -> list[RemainingGap]:
        """The holes that another repair left open meanwhile, as they are now."""
        were = {hole.gap.gap_id for hole in holes}
        instruments = {hole.gap.instrument for hole in holes}
        ledger = [gap for one in instruments for gap in gaps_of(self.platform, one)]
        self.tell(
            [Repaired(gap, 0, None) for gap in ledger if gap.gap_id in were and gap.status != OPEN]
        )
        return self.settle_without_asking(
            gap for gap in ledger if gap.gap_id in were and gap.status == OPEN
        )

    def ask_all(
        self, holes: Sequence[RemainingGap], history: History, journal: JournalWriter
    ) -> None:
        """Ask for holes some at a time: journal what comes, land it, look again."""
        for start in range(0, len(holes), _TOGETHER):
            some = holes[start : start + _TOGETHER]
            asked = [self._ask(hole, history, journal) for hole in some]
            journal.flush()
            land(self.platform, gatherers=[REPAIR])
            for hole, how in zip(some, asked, strict=True):
                self._judge(hole, how)

    def _ask(self, hole: RemainingGap, history: History, journal: JournalWriter) -> Asked:
        """The answers to one hole, into the journal. Two gaps that lack the same ids are asked for
        once.
        """
        known = self._asked.get((hole.gap.instrument, hole.ids)) if hole.ids else None
        if known is not None:
            return known
        asked = self._asked[hole.gap.instrument, hole.ids] = Asked()
        for answer in ask(history, hole, asked):
            journal.append(answer.stream, answer.body, answer.recv_ns, answer.mono_ns)
        return asked

    def _judge(self, hole: RemainingGap, asked: Asked) -> None:
        with self.platform.store.session():
            ledger = gaps_of(self.platform, hole.gap.instrument)
            after = [hole_of(self.platform.store, gap) for gap in now_of(hole, ledger)]
        self._write(verdict(hole, after, asked, self.at))

    def _write(self, settled: Sequence[Repaired]) -> None:
        write_gaps(self.platform, [one.gap for one in settled])
        self.tell(settled)

    def tell(self, settled: Iterable[Repaired]) -> None:
        """Note what became of gaps, and say so."""
        for one in settled:
            self.done.append(one)
            if self.progress is not None:
                self.progress(one, len(self.done), self.total)
