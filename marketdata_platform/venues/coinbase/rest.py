"""Coinbase Exchange's REST answers of trades as rows.

Belongs here: shapes that differ from the channels'. Does not: lists of products (instruments),
columns that channels share (rows).
"""

from __future__ import annotations

from collections.abc import Sequence

import msgspec
import numpy as np

from marketdata_platform.venues.coinbase.rows import add_trades
from marketdata_platform.venues.coinbase.streams import TradeFields
from marketdata_platform.venues.kit.reading import read_all
from marketdata_platform.venues.kit.rows import Decoded, MalformedFrame

_trades = msgspec.json.Decoder(list[TradeFields])


def add_answers(out: Decoded, bodies: Sequence[bytes], symbol: str) -> None:
    """Answers of `/products/{}/trades`; `symbol` is the question's: they do not name it."""
    read, answers = read_all(_read, bodies, out.reject)
    if not answers:
        return
    out.count("trades", len(answers))
    events = [event for answer in answers for event in answer]
    frames = np.repeat(np.array(read, np.int64), [len(answer) for answer in answers])
    add_trades(out, [symbol] * len(events), events, frames)


def _read(body: bytes) -> list[TradeFields]:
    try:
        return _trades.decode(body)
    except (msgspec.DecodeError, RecursionError, UnicodeDecodeError) as error:
        shown = ascii(body[:80].decode("utf-8", "replace"))
        raise MalformedFrame(f"trades answer: {error}: {shown}") from error
