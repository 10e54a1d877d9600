"""The configuration of a simulated exchange.

Belongs here: its parameters and what they may be. Does not: running it (exchange).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from marketdata_platform.core.errors import ConfigurationError
from marketdata_platform.simulator.server.stream_faults import NO_STREAM_FAULTS, StreamFaults
from marketdata_platform.simulator.venues import simulated_venue
from marketdata_platform.simulator.venues.listing import LISTED


@dataclass(frozen=True, slots=True)
class ExchangeConfig:
    """What is simulated.

    Args:
        instruments: `venue:market:symbol` of each; of any symbol.
        seed: another number is another history of every market; None: the usual one, with ids that
            go on from run to run where no `start_us` is given, so that one store can hold them all.
        rate: trades per second of all instruments together, by the wall clock, on average.
        speed: how many times faster than the wall clock the exchange's goes; slower when the
            machine cannot keep up.
        steady: orders come evenly, for measuring; else in bursts.
        start_us: exchange time of the start, µs since 1970; None: now.
        faults: what goes wrong.
        port: of the server, on loopback; 0: a free one.
        remember_books: keep every state of every book for the ledger; false: flat memory for
            hours.
        insurance_every: one trade in so many is an insurance fund's, where a market has one; 0:
            none.
        liquidation_every: one taker order in so many liquidates a position, on derivatives; 0:
            none.
        credentials: venue → what its handshakes are checked with (its object says what that is);
            a venue that is not named lets everybody in.
        limits: hold clients to the venues' limits.
        life_seconds: a connection is ended after this; None: as the venue does.

    Clients that read too slowly are cut.
    """

    instruments: tuple[str, ...] = LISTED
    seed: int | None = None
    rate: float = 200.0
    speed: float = 1.0
    steady: bool = False
    start_us: int | None = None
    faults: StreamFaults = NO_STREAM_FAULTS
    port: int = 0
    remember_books: bool = True
    insurance_every: int = 5_000
    liquidation_every: int = 400
    credentials: Mapping[str, bytes] = field(default_factory=dict)
    limits: bool = True
    life_seconds: float | None = None

    def __post_init__(self) -> None:
        if not 0 < self.rate <= 1_000_000 or not 0 < self.speed <= 1_000:
            raise ConfigurationError(
                f"rate {self.rate} must be 0 to 1,000,000, speed {self.speed} 0 to 1,000"
            )
        if not self.instruments or len(set(self.instruments)) != len(self.instruments):
            raise ConfigurationError("the simulated exchange needs instruments, each of them once")
        for name in self.credentials:
            if simulated_venue(name).credentials is None:
                raise ConfigurationError(f"the simulated {name} checks no credentials")
