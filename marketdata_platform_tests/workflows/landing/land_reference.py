"""The plainest landing: every frame decoded alone, a dictionary per dataset. What the real one is
held against.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import numpy as np
import pyarrow as pa

from marketdata_platform.core.datasets import DATASETS, Merge
from marketdata_platform.core.instrument import Instrument
from marketdata_platform.core.repeats import Repeats
from marketdata_platform.stores.rows import check, frame_of, numbered
from marketdata_platform.venues.decoding import decode_answers, routing_key
from marketdata_platform.venues.kit.streams import NOTE, REST, Stream
from marketdata_platform_tests.venues.small_frames import DECODERS, kalshi
from marketdata_platform_tests.workflows.landing.land_journals import Frame, content

Rows = dict[tuple[object, ...], dict[str, object]]
RAW = tuple(name for name, kind in DATASETS.items() if kind.schema_name == "raw")


def reference(heard: Mapping[str, Iterable[Frame]]) -> dict[tuple[Instrument, str], Rows]:
    """By instrument and dataset, the rows by key that these recordings (by gatherer) should give.

    The first row of a key is kept, with the earliest times of all. Frames that give rows with one
    key and different payloads have no place here: which of them came first depends on how rounds
    are cut.
    """
    tables: dict[tuple[Instrument, str], list[pa.Table]] = {}
    for frames in heard.values():
        repeats: dict[str, Repeats] = {}
        for stream, frame, received_ms in frames:
            for rows in _decoded(stream, frame, received_ms * 1000, repeats):
                tables.setdefault((rows.instrument, rows.dataset.name), []).append(rows.table)
    held: dict[tuple[Instrument, str], Rows] = {}
    for place, parts in tables.items():
        kind = DATASETS[place[1]]
        good, _ = check(kind, numbered(frame_of(kind, pa.concat_tables(parts))))
        into: Rows = {}
        for row in good.drop("_row").to_arrow().cast(kind.arrow_schema).to_pylist():
            _merge(kind, into.setdefault(tuple(row[name] for name in kind.key), row), row)
        if into:
            held[place] = into
    return held


def _decoded(name: str, frame: bytes, received_us: int, repeats: dict[str, Repeats]):
    stream, when = Stream.parse(name), np.array([received_us])
    if stream.kind == NOTE:
        return []
    if stream.kind == REST:
        return decode_answers(stream, [frame], when).rows
    if stream.venue == "kalshi":
        return kalshi("event", [frame], when, repeats.setdefault(name, Repeats())).rows
    decode, market = DECODERS[routing_key(stream)]
    return decode(market, [frame], when).rows


def _merge(kind, first: dict[str, object], row: dict[str, object]) -> None:
    for column in kind.columns:
        mine, other = first[column.name], row[column.name]
        if column.merge is Merge.EARLIEST:
            first[column.name] = min(
                (one for one in (mine, other) if one is not None), default=None
            )
        elif column.merge is Merge.FILL:
            first[column.name] = other if mine is None else mine
        else:
            assert mine == other, f"{kind.name}: two payloads of one key: {first} and {row}"


def stored(store) -> dict[tuple[Instrument, str], Rows]:
    """What a store holds, in the same shape; a key that is there twice is an error."""
    held = {}
    for instrument in store.instruments():
        for name in RAW:
            rows = content(store, name, instrument)
            by_key = {tuple(row[part] for part in DATASETS[name].key): row for row in rows}
            assert len(by_key) == len(rows), f"{instrument} {name}: a key is stored twice"
            if rows:
                held[instrument, name] = by_key
    return held


def require_equal(store, heard: Mapping[str, Iterable[Frame]]) -> None:
    """The store holds exactly what the reference says."""
    expected, found = reference(heard), stored(store)
    assert found.keys() == expected.keys()
    for place, rows in expected.items():
        lacking = [key for key in rows if key not in found[place]]
        more = [key for key in found[place] if key not in rows]
        assert not lacking and not more, (
            f"{place}: not stored {lacking[:5]}, stored beyond {more[:5]}"
        )
        different = [
            (rows[key], found[place][key]) for key in rows if rows[key] != found[place][key]
        ]
        assert not different, f"{place}: {len(different)} rows differ, first {different[0]}"
