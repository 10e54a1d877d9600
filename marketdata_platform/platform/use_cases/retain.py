"""Retention in a deployment: which policies, journals and databases its configuration means.

Belongs here: the choice. Does not: what may go of the store (workflows.archiving.retain) and of a
journal (workflows.archiving.retain_journals).
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime

from marketdata_platform.core.datasets import DATASETS, RAW, Tier
from marketdata_platform.core.instrument import Instrument
from marketdata_platform.journal import Position
from marketdata_platform.journal.retention import FolderJournal
from marketdata_platform.platform.deployment import Platform
from marketdata_platform.platform.gatherers.journal_folders import journal_folder
from marketdata_platform.platform.gatherers.two_tier import own_store
from marketdata_platform.platform.use_cases.land import gatherer_names
from marketdata_platform.platform.watching.run_metrics import note_retention
from marketdata_platform.settings import Settings
from marketdata_platform.workflows.archiving import retain as workflow
from marketdata_platform.workflows.archiving.retain import Policy, Retained
from marketdata_platform.workflows.archiving.retain_journals import (
    JOURNAL,
    JournalRetention,
    retain_journal,
)
from marketdata_platform.workflows.bookkeeping.cursors import cursor_of


def retain(
    platform: Platform,
    *,
    apply: bool,
    dataset: str | None = None,
    instrument: Instrument | None = None,
    now: datetime | None = None,
    progress: Callable[[str], None] | None = None,
) -> list[Retained]:
    """Delete (with `apply`) what is older than configured, and archived and verified; without, say
    what would go.

    `dataset` may be `journal`. The store's rows go first: a journal's segments go only when their
    days are proved.
    """
    at = now or datetime.now(UTC)
    started = time.perf_counter()
    done: list[Retained] = []
    with platform.store.session():
        if dataset != JOURNAL:
            chosen = [one for one in policies(platform.settings) if dataset in (None, one.dataset)]
            done += workflow.retain(
                platform.store,
                platform.archive,
                chosen,
                now=at,
                apply=apply,
                derivations=platform.derivations,
                instruments=None if instrument is None else [instrument],
                progress=progress,
            )
        if dataset in (None, JOURNAL) and instrument is None:
            done += _journals(platform, at, apply, progress)
    if apply:
        note_retention(platform, done, time.perf_counter() - started)
    return done


def policies(settings: Settings) -> list[Policy]:
    """Every dataset that is not kept for ever, in the order in which they may go: derived rows
    before raw ones.
    """
    kept = {name: settings.retention_of(name) for name in DATASETS}
    made = [
        Policy(name, keep, name not in settings.archive.skip)
        for name, keep in kept.items()
        if keep is not None
    ]
    return sorted(made, key=lambda one: DATASETS[one.dataset].tier is Tier.RAW)


def _journals(
    platform: Platform, now: datetime, apply: bool, progress: Callable[[str], None] | None
) -> Iterator[Retained]:
    keep = platform.settings.retention_of(JOURNAL)
    if keep is None:
        return
    for name in gatherer_names(platform):
        if progress:
            progress(f"{JOURNAL} {name}")
        yield from retain_journal(_case(platform, name), cutoff=now - keep, apply=apply)


def _case(platform: Platform, name: str) -> JournalRetention:
    settings = platform.settings
    section = settings.gatherers.get(name)
    journal = FolderJournal(
        name=name,
        folder=journal_folder(settings, name),
        ship=section.ship if section is not None else None,
        landed_from_elsewhere=section is not None and "://" in settings.journal_of(name),
        options=settings.archive,
    )
    return JournalRetention(
        store=platform.store,
        archive=platform.archive,
        journal=journal,
        landed_segment=lambda: _landed_segment(platform, name),
        datasets=[one.name for one in RAW if one.name not in settings.archive.skip],
    )


def _landed_segment(platform: Platform, name: str) -> int:
    """The segment that landing has come to; in the two-tier layout the gatherer's own database says
    it.
    """
    section = platform.settings.gatherers.get(name)
    if section is not None and section.database is not None:
        with own_store(platform.settings, name) as store:
            position = cursor_of(store, name).position
    else:
        position = cursor_of(platform.store, name).position
    return Position.parse(position).segment if position else 0
