"""Every error that the platform raises on purpose.

    MarketDataError ├── PermanentError          trying again will not help │   ├──
    ConfigurationError  the configuration or the command line is wrong │   ├── InvalidInput
    data or an argument that cannot be used as it is │   │   ├── InvalidInstrument │   │   ├──
    InvalidWindow │   │   ├── UnknownDataset │   │   ├── UnsupportedFormat │   │   ├──
    ChecksumMismatch │   │   ├── UnsafeArchive   a zip bomb or a path trick │   │   └──
    TradesOutOfOrder │   ├── MixedGranularity    single and aggregate trades of one instrument would
    count twice │   ├── StoreCorrupt        a store file that cannot be read │   ├── ArchiveMismatch
    an archived file is not what its manifest says │   ├── ArchiveWouldShrink  an export holds fewer
    rows than the archived day that it would replace │   └── SourceDropped       what a derived day
    follows from was deleted by retention └── TransientError          the same call may succeed
    later; only these are retried
        ├── StoreLocked         another process holds the store file
        ├── StoreUnavailable    the database does not answer, or gave the transaction up
        ├── StoreChanged        rows came in between looking and deleting; nothing was deleted
        ├── ArchiveUnavailable  the object store does not answer
        │   └── ArchiveFrozen   an object in a cold storage class must be thawed first
        ├── ArchiveChanged      another exporter wrote the same day meanwhile
        ├── VenueUnavailable    a venue does not answer, or its limits are used up
        ├── JournalLocked       another process writes this journal
        └── JournalStopped      a journal takes nothing: its disk is full or fails

Messages say what is wrong, where, and what to do. They never hold a secret.
"""


class MarketDataError(Exception):
    """The root: catch it to separate our errors from bugs."""


class PermanentError(MarketDataError):
    """Trying the same again will not help."""


class TransientError(MarketDataError):
    """The same call may succeed later."""


class ConfigurationError(PermanentError):
    """The configuration or the command line is wrong; the message names the key and what is
    allowed.
    """


class InvalidInput(PermanentError):
    """Data or an argument that cannot be used as it is."""


class InvalidInstrument(InvalidInput):
    """The text is not `venue:market:symbol`, or a part has characters that are not allowed."""


class InvalidWindow(InvalidInput):
    """A time window that is empty, inverted or not in UTC."""


class UnknownDataset(InvalidInput):
    """No record type has this name."""


class UnsupportedFormat(InvalidInput):
    """A file whose format is not recognised or does not fit the instrument."""


class ChecksumMismatch(InvalidInput):
    """A file whose bytes are not those that its CHECKSUM file promises."""


class UnsafeArchive(InvalidInput):
    """A compressed file that breaks the size or ratio caps, or whose member names leave the
    folder.
    """


class TradesOutOfOrder(InvalidInput):
    """Trades handed to a fold come before those that its state has already seen."""


class MixedGranularity(PermanentError):
    """Single trades and aggregate trades of one instrument in one store would count every trade
    twice.
    """


class StoreCorrupt(PermanentError):
    """A store file that cannot be opened or read; the message names the file and how to rebuild
    it.
    """


class ArchiveMismatch(PermanentError):
    """An archived file is missing, or is not what its manifest says."""


class ArchiveWouldShrink(PermanentError):
    """An export holds fewer raw rows than the archived day it would replace, which may be the only
    copy.
    """


class SourceDropped(PermanentError):
    """What a derived day follows from was deleted by retention: restore it from the archive, then
    derive.
    """


class StoreLocked(TransientError):
    """Another process holds the store file; the message names it by process id."""


class StoreUnavailable(TransientError):
    """The database does not answer, or it gave the transaction up (restart, deadlock): nothing was
    stored.
    """


class StoreChanged(TransientError):
    """Rows came in between looking at a day and deleting it; nothing was deleted."""


class ArchiveUnavailable(TransientError):
    """The object store does not answer, or answers with an error of its own; nothing half-written
    can be seen.
    """


class ArchiveFrozen(ArchiveUnavailable):
    """An object lies in a cold storage class: it must be thawed, which takes hours, before it can
    be read.
    """


class ArchiveChanged(TransientError):
    """Another exporter wrote the same day meanwhile; nothing of this one is visible, and trying
    again looks anew.
    """


class VenueUnavailable(TransientError):
    """A venue does not answer, or its limits are used up."""


class JournalLocked(TransientError):
    """Another process writes this journal; the message names it by process id."""


class JournalStopped(TransientError):
    """A journal takes no records: its disk is full or fails, or it is closed. Acknowledged records
    are safe.
    """
