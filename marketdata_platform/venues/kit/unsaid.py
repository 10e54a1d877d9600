"""What a new venue has not said yet: whoever loads it is told what, where, and how to find out.

Belongs here: the one placeholder of `marketdata venue new`. Does not: defaults; there are none.
"""

from __future__ import annotations

import sys
from typing import Any

from marketdata_platform.core.errors import ConfigurationError


def unsaid(venue: str, what: str, how: str) -> Any:
    """Stands for a value, or above a function whose body must be written; replace or remove it.

    Args:
        venue: its name.
        what: the part of the interface, such as `continuity.trade_ids`.
        how: what it means, and which values there are.

    Raises:
        ConfigurationError: always; the message names the file and line of the call.
    """
    caller = sys._getframe(1)
    where = f"{caller.f_code.co_filename}:{caller.f_lineno}"
    raise ConfigurationError(f"{venue}: say `{what}` in {where}: {how}")
