"""The store's own bookkeeping, kept beside the rows it speaks of and committed in the same transaction."""

from marketdata_platform.core.datasets.model import BYTES, DATE, FLOAT, INT, TEXT, TIMESTAMP, Column, Dataset, Tier

QUARANTINE = Dataset(
    name="quarantine",
    tier=Tier.META,
    doc="Rows and frames that could not be stored, with where they came from and why. Nothing is dropped silently.",
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
    doc="Which files were imported and what stretch of time each claims to cover; one row a file content.",
    columns=(
        Column("sha256", TEXT, "Of the file as it lay on disk."),
        Column("source", TEXT, "File name."),
        Column("format", TEXT, "The format it was read as."),
        Column("rows", INT, "Rows decoded for this instrument and dataset."),
        Column("quarantined", INT, "Rows put into quarantine."),
        Column("covers_from", TIMESTAMP, "Start of the stretch that the file records without a hole.", nullable=True),
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
        Column("fingerprint", TEXT, "Hash of parameters, the state before the day and the day's trades."),
        Column("state", BYTES, "The fold's state, as its kernel writes it."),
        Column("state_digest", TEXT, "sha256 of `state`: a later day's fingerprint needs this, not the state itself."),
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

META = (QUARANTINE, IMPORTS, CHECKPOINTS)
