"""Coinbase as the simulated exchange speaks it."""

from marketdata_platform_tests.venues.simulated_examples import SimulatedExamples


def _command(*symbols):
    return {"type": "subscribe", "product_ids": [*symbols], "channels": ["matches"]}


def _refused(good, bad):
    return {
        "type": "error",
        "message": "Failed to subscribe",
        "reason": f"{bad} is not a valid product",
    }


SIMULATED = SimulatedExamples(
    listed=("coinbase:spot:BTC-USD", "coinbase:spot:ETH-USD"),
    command=_command,
    refused=_refused,
    takes_others=False,
    streams={
        "coinbase:spot:BTC-USD": ("trades", "quotes", "book_deltas", "book_snapshots", "tickers")
    },
    routes={"spot": {"products": {}, "product": {}, "trades": {}}},
    symbols={"spot": "BTC-USD"},
)
