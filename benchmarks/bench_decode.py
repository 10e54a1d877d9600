"""Frames to columns beside bare typed msgspec decoding of the same frames, which gives objects and
no columns.

The frames are made here, in the shares of a busy futures symbol: book tickers, trades, depth of
forty levels. Bare decoding knows each frame's type beforehand; it reads levels as texts, for that
is what typing them means. `json` is the standard library's. Exact decimals, ids, times and spreads
are ours alone. cryptofeed's and ccxt's own handlers get the same frames under the interpreter that
has them (requirements.txt; BENCH_ALTERNATIVES_PYTHON names it), in CPU time.
"""

from __future__ import annotations

import json
import os
import random
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import msgspec
import numpy as np

from benchmarks import venue_frames
from benchmarks.harness import arguments, measure, report, table
from marketdata_platform.core.repeats import Repeats
from marketdata_platform.venues import venue_named
from marketdata_platform.venues.binance.decode import decode
from marketdata_platform.venues.binance.streams import FuturesBookTicker, Trade
from marketdata_platform.venues.decoding import decoder_of

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
    return msgspec.json.Decoder(
        msgspec.defstruct("Combined", [("stream", str), ("data", shape)], gc=False)
    )


def _price(rng: random.Random) -> str:
    return f"{rng.randint(639_000, 640_000) / 10:.2f}"


def _size(rng: random.Random) -> str:
    return f"{rng.randint(1, 20_000) / 1000:.3f}"


def _side(rng: random.Random) -> list[list[str]]:
    return [[_price(rng), _size(rng)] for _ in range(20)]


def _frame(stream: str, **data: object) -> bytes:
    whole = {
        "stream": f"btcusdt@{stream}",
        "data": {"s": "BTCUSDT", "T": _NOW_MS, "E": _NOW_MS + 1, **data},
    }
    return json.dumps(whole, separators=(",", ":")).encode()


def _tickers(rng: random.Random, count: int) -> list[bytes]:
    def top() -> dict[str, str]:
        return {"b": _price(rng), "B": _size(rng), "a": _price(rng), "A": _size(rng)}

    return [_frame("bookTicker", e="bookTicker", u=n, **top()) for n in range(count)]


def frames(count: int, seed: int = 1) -> dict[str, list[bytes]]:
    """About `count` frames by kind: 70 % book tickers, 15 % trades, 15 % depth."""
    rng = random.Random(seed)
    made = {
        "book tickers": _tickers(rng, count * 70 // 100),
        "trades": [
            _frame(
                "trade",
                e="trade",
                t=n,
                p=_price(rng),
                q=_size(rng),
                X="MARKET",
                m=rng.random() < 0.5,
            )
            for n in range(count * 15 // 100)
        ],
        "depth": [
            _frame("depth@0ms", e="depthUpdate", U=n, u=n, pu=n - 1, b=_side(rng), a=_side(rng))
            for n in range(count * 15 // 100)
        ],
    }
    made["all"] = [frame for kind in made.values() for frame in kind]
    return made


def handled(count: int, seed: int = 2) -> dict[str, list[bytes]]:
    """Frames of the two streams that all libraries handle without a snapshot: aggregate trades and
    book tickers.
    """
    rng = random.Random(seed)
    trades = [
        _frame(
            "aggTrade",
            e="aggTrade",
            a=n,
            f=n,
            l=n + 1,
            p=_price(rng),
            q=_size(rng),
            m=rng.random() < 0.5,
        )
        for n in range(count)
    ]
    return {"trades": trades, "tickers": _tickers(rng, count)}


def bare(
    decoders: dict[str, msgspec.json.Decoder[object]], made: dict[str, list[bytes]], kind: str
) -> int:
    """Decode frames of a kind; how many."""
    kinds = [name for name in decoders if kind in (name, "all")]
    return sum(len([decoders[name].decode(frame) for frame in made[name]]) for name in kinds)


def alternatives_table(count: int) -> str:
    """CPU time per frame of other libraries' handlers, and how many times ours it is."""
    python = os.environ.get("BENCH_ALTERNATIVES_PYTHON", sys.executable)
    made = handled(count)
    with tempfile.TemporaryDirectory() as folder:
        paths = [Path(folder) / f"{kind}.txt" for kind in made]
        for path in paths:
            path.write_bytes(b"\n".join(made[path.stem]))
        script = Path(__file__).with_name("decode_alternatives.py")
        told = subprocess.run(
            [python, str(script), *map(str, paths)],
            capture_output=True,
            text=True,
            check=True,
            timeout=600,
        ).stdout
    ours = {kind: _cpu_ns(chosen) for kind, chosen in made.items()}
    lines = [
        "### Other libraries' handlers, CPU time",
        "",
        "| library | frames | ns per frame | times ours |",
        "|---|---|---:|---:|",
    ]
    lines += [f"| {OURS} | {kind} | {ns:.0f} | 1.0 |" for kind, ns in ours.items()]
    for name, kind, ns in (line.split("\t") for line in told.splitlines() if line.count("\t") == 2):
        lines.append(
            f"| {name} | {kind} | {ns} | {float(ns) / ours[kind]:.1f} |"
            if ns
            else f"| {name} | {kind} | | |"
        )
    return "\n".join(lines) + "\n"


def _cpu_ns(chosen: list[bytes]) -> float:
    """CPU time per frame, the best of a few runs, as decode_alternatives.py counts."""
    times, best = np.full(len(chosen), _NOW_MS * 1000, np.int64), float("inf")
    for _ in range(4):
        begun = time.process_time()
        decode("futures", chosen, times, Repeats())
        best = min(best, time.process_time() - begun)
    return best / len(chosen) * 1e9


def venues_table(count: int, runs: int) -> str:
    """Times bare decoding of each kind of the other venues' frames."""
    lines = [
        "### Other venues' frames, times bare decoding",
        "",
        "| venue | kind | × |",
        "|---|---|---:|",
    ]
    for (venue, kind), chosen in venue_frames.frames(count).items():
        times = np.full(len(chosen), _NOW_MS * 1000, np.int64)
        one = venue_frames.bare(venue, kind).decode
        ours, market = decoder_of(venue_named(venue)).decode, venue_frames.MARKETS[venue]
        seconds = measure(
            {
                BARE: lambda chosen=chosen, one=one: [one(frame) for frame in chosen],
                OURS: lambda chosen=chosen, ours=ours, market=market, times=times: ours(
                    market, chosen, times, Repeats()
                ),
            },
            runs,
        )
        lines.append(f"| {venue} | {kind} | {seconds[OURS] / seconds[BARE]:.2f} |")
    return "\n".join(lines) + "\n"


def main() -> None:
    """Print a table for each kind of frame and for all of them together."""
    options = arguments(__doc__ or "", trades=100_000)
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
                "json of the standard library, no columns": lambda chosen=chosen: [
                    json.loads(f) for f in chosen
                ],
                BARE: lambda kind=kind: bare(decoders, made, kind),
                OURS: lambda chosen=chosen, times=times: decode(
                    "futures", chosen, times, Repeats()
                ),
            },
            options.runs,
        )
        parts.append(
            table(f"Decoding {kind}", seconds, len(chosen), BARE).replace(
                "ns per trade", "ns per frame"
            )
        )
        parts.append(f"Columns take {seconds[OURS] / seconds[BARE]:.2f} times bare decoding.\n")
    parts.append(venues_table(10_000, options.runs))
    parts.append(alternatives_table(20_000))
    report(parts)


if __name__ == "__main__":
    main()
