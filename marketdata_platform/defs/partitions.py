"""Partitions: UTC day × instrument. Dimensions sort by name, so a key reads
`2024-07-18|binance:spot:BTCUSDT`.
"""

from collections.abc import Iterable, Sequence
from datetime import date

import dagster as dg

from marketdata_platform.core.instrument import Instrument

# Filled by imports and backfills with what the store holds; a key is the instrument's name.
INSTRUMENTS = dg.DynamicPartitionsDefinition(name="instrument")


def day_instrument(start_date: date) -> dg.MultiPartitionsDefinition:
    """One partition a UTC day since `start_date`, today's open one included, and instrument.

    Keep days × instruments below some 100,000 keys per asset: the deployment's `start_date` is the
    lever.
    """
    days = dg.DailyPartitionsDefinition(
        start_date=start_date.isoformat(), timezone="UTC", end_offset=1
    )
    return dg.MultiPartitionsDefinition({"day": days, "instrument": INSTRUMENTS})


def partition_key(instrument: Instrument, day: date) -> str:
    """The key of one partition."""
    return f"{day.isoformat()}|{instrument}"


def by_instrument(keys: Iterable[str]) -> dict[Instrument, list[date]]:
    """The days of each instrument in a run's partition keys, sorted."""
    days: dict[Instrument, list[date]] = {}
    for key in keys:
        day, name = str(key).split("|", 1)
        days.setdefault(Instrument.parse(name), []).append(date.fromisoformat(day))
    return {instrument: sorted(found) for instrument, found in sorted(days.items())}


def register(instance: dg.DagsterInstance, instruments: Sequence[Instrument]) -> None:
    """Make instruments known to Dagster as partitions."""
    known = set(instance.get_dynamic_partitions(str(INSTRUMENTS.name)))
    new = [str(i) for i in instruments if str(i) not in known]
    if new:
        instance.add_dynamic_partitions(str(INSTRUMENTS.name), new)
