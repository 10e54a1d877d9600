"""The ports that use cases are written against. Adapters are in stores/, archive/, journal/ and
feeds/, fakes in the tests; whoever calls a use case chooses one.

Belongs here: protocols, and the values that go over them. Importing one loads Arrow (about 45 MiB
of memory), also in a gatherer; neither Polars nor Numba nor a database. Does not: what stands
behind one.
"""

from marketdata_platform.workflows.ports.archives import Archive, Leftover, Manifest, Partition
from marketdata_platform.workflows.ports.journals import RetainableJournal, SealedSegment
from marketdata_platform.workflows.ports.recordings import (
    LARGEST_FRAME_BYTES,
    Answer,
    CutFrame,
    FrameBatch,
    FrameSink,
    History,
    Int64s,
    RowBatch,
    Source,
    SourceDamage,
)
from marketdata_platform.workflows.ports.stores import (
    Addition,
    Appended,
    Coverage,
    QueryableStore,
    Store,
)

__all__ = [
    "LARGEST_FRAME_BYTES",
    "Addition",
    "Answer",
    "Appended",
    "Archive",
    "Coverage",
    "CutFrame",
    "FrameBatch",
    "FrameSink",
    "History",
    "Int64s",
    "Leftover",
    "Manifest",
    "Partition",
    "QueryableStore",
    "RetainableJournal",
    "RowBatch",
    "SealedSegment",
    "Source",
    "SourceDamage",
    "Store",
]
