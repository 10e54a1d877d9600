"""Coinbase's times: RFC 3339 with up to six decimals, exact.

Belongs here: the type that fields with a time have. Does not: columns of times (rows). Light: a
gatherer loads this.
"""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, TypeAlias

import msgspec

Time: TypeAlias = Annotated[datetime, msgspec.Meta(tz=True)]
"""A time as its text says it; text without a zone is refused."""
