"""The store's own bookkeeping, kept beside the rows it speaks of and committed in the same
transaction.
"""

from marketdata_platform.core.datasets.model import (
    BYTES,
    DATE,
    FLOAT,
    INT,
    TEXT,
    TIMESTAMP,
    Column,
    Dataset,
    Tier,
)

QUARANTINE = Dataset(
    name="quarantine",
    tier=Tier.META,
    doc=(
        "Rows and frames that could not be stored, with where they came from and why. Nothing is "
        "dropped silently."
    ),
    columns=(
        Column("dataset", TEXT, "Dataset that the row was meant for."),
        Column("source", TEXT, "File name or stream it came from."),
        Column("position", INT, "Line (from 1) in the decompressed source, or offset."),
        Column("reason", TEXT, "Why it was not stored, e.g. `conflict: price differs`."),
        Column("payload", TEXT, "The row or frame as it was read, cut at 4,096 characters."),
        Column("ts_event", TIMESTAMP, "Exchange time, where it could be read.", nullable=True),
        Column("quarantined_at", TIMESTAMP, "When it was put here."),
    ),
    key=("dataset", "source", "position", "reason"),
    time_column="quarantined_at",
    order=("source", "position"),
)

IMPORTS = Dataset(
    name="imports",
    tier=Tier.META,
    doc=(
        "Which files were imported and what stretch of time each claims to cover; one row per file "
        "content."
    ),
    columns=(
        Column("sha256", TEXT, "Of the file as it lay on disk."),
        Column("source", TEXT, "File name."),
        Column("format", TEXT, "The format it was read as."),
        Column("rows", INT, "Rows decoded for this instrument and dataset."),
        Column("quarantined", INT, "Rows put into quarantine."),
        Column(
            "covers_from",
            TIMESTAMP,
            "Start of the stretch that the file records without a hole.",
            nullable=True,
        ),
        Column("covers_to", TIMESTAMP, "End of that stretch, half-open.", nullable=True),
        Column("seconds", FLOAT, "How long the import took.", nullable=True),
        Column("imported_at", TIMESTAMP, "When it was last imported."),
    ),
    key=("sha256",),
    time_column="imported_at",
    order=("covers_from", "source"),
)

CHECKPOINTS = Dataset(
    name="checkpoints",
    tier=Tier.META,
    doc="State of a derived series at a day's end, with the fingerprint of all that it depends on.",
    columns=(
        Column("dataset", TEXT, "The derived dataset."),
        Column("day", DATE, "UTC day at whose end the state holds."),
        Column(
            "fingerprint",
            TEXT,
            "Hash of parameters, the state before the day and the day's trades.",
        ),
        Column("state", BYTES, "The fold's state, as its kernel writes it."),
        Column(
            "state_digest",
            TEXT,
            "sha256 of `state`: a later day's fingerprint needs this, not the state itself.",
        ),
        Column(
            "rows",
            INT,
            "Rows that the day gives; null where they were not written: only passed.",
            nullable=True,
        ),
    ),
    key=("dataset", "day"),
    time_column="day",
    order=("dataset", "day"),
)

CURSORS = Dataset(
    name="cursors",
    tier=Tier.META,
    doc=(
        "How far each gatherer's recording has been landed; committed in the same transaction as "
        "the rows."
    ),
    columns=(
        Column("gatherer", TEXT, "The gatherer whose journal or database is read."),
        Column(
            "position",
            TEXT,
            "Where reading goes on: `segment:offset` of a journal, else the source's own text.",
        ),
        Column(
            "state",
            BYTES,
            "What decoding must remember over a cut of the stream; null: nothing.",
            nullable=True,
        ),
        Column(
            "ts_recv", TIMESTAMP, "Receipt of the last frame before the position.", nullable=True
        ),
        Column("moved_at", TIMESTAMP, "When the cursor was moved."),
    ),
    key=("gatherer",),
    time_column="moved_at",
    order=("gatherer",),
)

GAPS = Dataset(
    name="gaps",
    tier=Tier.META,
    doc="The gap ledger: what no gatherer saw, and what became of it.",
    columns=(
        Column("gap_id", TEXT, "Name of the gap, stable while its status changes."),
        Column("dataset", TEXT, "Dataset with the hole."),
        Column(
            "first_missing",
            INT,
            "First id that is missing, where the venue numbers.",
            nullable=True,
        ),
        Column(
            "last_missing", INT, "Last id that is missing, where the venue numbers.", nullable=True
        ),
        Column("from_time", TIMESTAMP, "Time of the last record before the hole."),
        Column("to_time", TIMESTAMP, "Time of the first record after it."),
        Column("missing", INT, "Records missing, where that is known.", nullable=True),
        Column(
            "detected_by",
            TEXT,
            "What noticed it: `landing:ids`, `landing:book`, `landing:silence`, `import`.",
        ),
        Column("status", TEXT, "What became of it.", allowed=("open", "repaired", "irreparable")),
        Column("reason", TEXT, "Why it is irreparable, or the last attempt failed.", nullable=True),
        Column("attempts", INT, "Repairs that were tried."),
        Column("opened_at", TIMESTAMP, "When it was written here first."),
        Column("closed_at", TIMESTAMP, "When its status left `open`.", nullable=True),
    ),
    key=("gap_id",),
    time_column="from_time",
    order=("from_time", "gap_id"),
)

CLOCKS = Dataset(
    name="clocks",
    tier=Tier.META,
    doc=(
        "A gatherer's wall clock against a venue's, and its steps: receive times near a step are "
        "not to be trusted."
    ),
    columns=(
        Column("gatherer", TEXT, "The gatherer."),
        Column("position", TEXT, "Place in its journal."),
        Column("kind", TEXT, "`offset`: measured against a venue; `step`: the wall clock jumped."),
        Column("against", TEXT, "Venue measured against; empty for a step."),
        Column("offset_us", INT, "Local minus venue time, or size of the step, µs."),
        Column(
            "round_trip_us",
            INT,
            "Round trip of the measurement: its uncertainty, µs.",
            nullable=True,
        ),
        Column("measured_at", TIMESTAMP, "Wall clock of the gatherer."),
    ),
    key=("gatherer", "position", "kind", "against"),
    time_column="measured_at",
    order=("measured_at", "position"),
)

# Bookkeeping that no number follows from; of the rest nothing is ever deleted.
DELETABLE_META = (QUARANTINE, CLOCKS)
META = (QUARANTINE, IMPORTS, CHECKPOINTS, CURSORS, GAPS, CLOCKS)
