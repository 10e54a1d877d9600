"""How a process wants its connections to PostgreSQL.

Belongs here: numbers. Does not: the driver, so that choosing a store does not load it.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class ConnectionOptions:
    """How connections are made, kept and bounded. Seconds; 0 switches a timeout off."""

    component: str = "platform"
    budget: int = 32
    min_size: int = 1
    max_size: int = 8
    wait_seconds: float = 30.0
    lifetime_seconds: float = 3_600.0
    idle_seconds: float = 600.0
    statement_timeout_seconds: float = 300.0
    lock_timeout_seconds: float = 30.0
    idle_in_transaction_seconds: float = 60.0
    connect_timeout_seconds: float = 10.0
