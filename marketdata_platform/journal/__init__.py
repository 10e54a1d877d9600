"""The journal: what a gatherer received, raw, checked and durable, before anybody decodes it.

Belongs here: segments of CRC-framed records, their writer, reader and recovery; docs/journal.md
gives the format byte by byte. Does not: sockets (feeds), decoding (venues), the cursor's home
(stores). One folder is one gatherer's.
"""

from marketdata_platform.journal.folder import drop_before
from marketdata_platform.journal.format import Position, SegmentHeader
from marketdata_platform.journal.options import JournalCounters, JournalOptions
from marketdata_platform.journal.reading.batch import JournalBatch, JournalRecord
from marketdata_platform.journal.reading.check import CheckReport, StreamCount, check
from marketdata_platform.journal.reading.reader import JournalReader, SegmentInfo
from marketdata_platform.journal.reading.walk import Damage
from marketdata_platform.journal.writing.lock import writer_of
from marketdata_platform.journal.writing.recovery import Recovered, recover
from marketdata_platform.journal.writing.writer import JournalWriter

__all__ = [
    "CheckReport",
    "Damage",
    "JournalBatch",
    "JournalCounters",
    "JournalOptions",
    "JournalReader",
    "JournalRecord",
    "JournalWriter",
    "Position",
    "Recovered",
    "SegmentHeader",
    "SegmentInfo",
    "StreamCount",
    "check",
    "drop_before",
    "recover",
    "writer_of",
]
