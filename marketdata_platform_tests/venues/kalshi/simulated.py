"""Kalshi as the simulated exchange speaks it."""

from marketdata_platform_tests.venues.simulated_examples import SimulatedExamples


def _command(*symbols):
    params = {"channels": ["trade"], "market_tickers": list(symbols)}
    return {"id": 7, "cmd": "subscribe", "params": params}


def _refused(good, bad):
    return {"id": 7, "type": "error", "msg": {"code": 16, "msg": "Market not found"}}


SIMULATED = SimulatedExamples(
    listed=("kalshi:event:KXSIM-26DEC31-T100", "kalshi:event:KXSIM-26DEC31-T200"),
    command=_command,
    refused=_refused,
    takes_others=False,
    streams={
        "kalshi:event:KXSIM-26DEC31-T100": (
            "trades",
            "book_deltas",
            "book_snapshots",
            "tickers",
            "quotes",
        )
    },
    routes={
        "event": {
            "markets": {},
            "series": {"symbol": ""},
            "events": {"symbol": "KXSIM"},
            "oneSeries": {"symbol": "KXSIM"},
            "event": {"symbol": "KXSIM-26DEC31"},
            "market": {},
            "orderbook": {},
            "trades": {},
        }
    },
    symbols={"event": "KXSIM-26DEC31-T100"},
)
