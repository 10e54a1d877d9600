"""What one block of a file of trades gave, before it becomes a batch."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
import pyarrow as pa

from marketdata_platform.workflows.files.import_files import OtherRows, RejectedRecord


@dataclass(frozen=True, slots=True)
class Piece:
    """Trades in the dataset's schema with the line of each, and what became of the other lines."""

    rows: pa.Table
    lines: np.ndarray[tuple[int], np.dtype[np.int64]]
    rejected: Sequence[RejectedRecord]
    not_stored: Mapping[str, int]  # what was valid but is not kept, by name
    others: Sequence[OtherRows] = ()
    kept: Mapping[str, int] = field(default_factory=dict)  # frames that gave `others`, by name
