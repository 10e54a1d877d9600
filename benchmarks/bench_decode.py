"""Frames to columns beside bare typed msgspec decoding of the same frames, which gives objects and no columns.

The frames are made here, in the shares of a busy futures symbol: book tickers, trades, depth of forty levels. Bare
decoding knows each frame's type beforehand; it reads levels as texts, for that is what typing them means. `json` is the
standard library's. Exact decimals, ids, times and spreads are ours alone.
"""

from __future__ import annotations

import json
import random

import msgspec
import numpy as np

from benchmarks.harness import arguments, measure, report, table
from marketdata_platform.venues.binance_decode import decode
from marketdata_platform.venues.binance_streams import FuturesBookTicker, Trade

BARE = "msgspec, typed, one frame at a time"
OURS = "our decoder, columns"
_NOW_MS = 1_786_310_820_000


class Depth(msgspec.Struct, gc=False):
    """A depth update with its levels as typed text."""

    s: str
    U: int
    u: int
    b: list[tuple[str, str]]
    a: list[tuple[str, str]]
    pu: int
    T: int


def _combined(shape: type) -> msgspec.json.Decoder[object]:
    return msgspec.json.Decoder(msgspec.defstruct("Combined", [("stream", str), ("data", shape)], gc=False))


def frames(count: int, seed: int = 1) -> dict[str, list[bytes]]:
    """About `count` frames by kind: 70 % book tickers, 15 % trades, 15 % depth."""
    rng = random.Random(seed)

    def price() -> str:
        return f"{rng.randint(639_000, 640_000) / 10:.2f}"

    def size() -> str:
        return f"{rng.randint(1, 20_000) / 1000:.3f}"

    def frame(stream: str, **data: object) -> bytes:
        whole = {"stream": f"btcusdt@{stream}", "data": {"s": "BTCUSDT", "T": _NOW_MS, "E": _NOW_MS + 1, **data}}
        return json.dumps(whole, separators=(",", ":")).encode()

    def side() -> list[list[str]]:
        return [[price(), size()] for _ in range(20)]

    made = {
        "book tickers": [
            frame("bookTicker", e="bookTicker", u=n, b=price(), B=size(), a=price(), A=size())
            for n in range(count * 70 // 100)
        ],
        "trades": [
            frame("trade", e="trade", t=n, p=price(), q=size(), X="MARKET", m=rng.random() < 0.5)
            for n in range(count * 15 // 100)
        ],
        "depth": [
            frame("depth@0ms", e="depthUpdate", U=n, u=n, pu=n - 1, b=side(), a=side())
            for n in range(count * 15 // 100)
        ],
    }
    made["all"] = [frame for kind in made.values() for frame in kind]
    return made


def bare(decoders: dict[str, msgspec.json.Decoder[object]], made: dict[str, list[bytes]], kind: str) -> int:
    """Decode frames of a kind; how many."""
    kinds = [name for name in decoders if kind in (name, "all")]
    return sum(len([decoders[name].decode(frame) for frame in made[name]]) for name in kinds)


def main() -> None:
    """Print a table for each kind of frame and for all of them together."""
    options = arguments(__doc__ or "", trades=40_000)
    made = frames(min(options.trades, 200_000))
    decoders = {
        "book tickers": _combined(FuturesBookTicker),
        "trades": _combined(Trade),
        "depth": _combined(Depth),
    }
    parts = []
    for kind, chosen in made.items():
        times = np.full(len(chosen), _NOW_MS * 1000, np.int64)
        seconds = measure(
            {
                "json of the standard library, no columns": lambda chosen=chosen: [json.loads(f) for f in chosen],
                BARE: lambda kind=kind: bare(decoders, made, kind),
                OURS: lambda chosen=chosen, times=times: decode("futures", chosen, times),
            },
            options.runs,
        )
        parts.append(table(f"Decoding {kind}", seconds, len(chosen), BARE).replace("ns a trade", "ns a frame"))
        parts.append(f"Columns take {seconds[OURS] / seconds[BARE]:.2f} times bare decoding.\n")
    report(parts)


if __name__ == "__main__":
    main()
