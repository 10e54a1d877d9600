"""Bybit as the simulated exchange speaks it."""

from marketdata_platform_tests.venues.simulated_examples import SimulatedExamples

_CONTRACTS = (
    "trades",
    "quotes",
    "book_deltas",
    "book_snapshots",
    "tickers",
    "open_interest",
    "funding_rates",
    "liquidations",
)
_SPOT = {"instruments": {}, "trades": {}, "orderbook": {}, "tickers": {}}


def _command(*symbols):
    return {
        "op": "subscribe",
        "args": [f"publicTrade.{one}" for one in symbols],
        "req_id": "7",
    }


def _refused(good, bad):
    return {
        "success": False,
        "ret_msg": f"error:handler not found,topic:publicTrade.{bad}",
        "req_id": "7",
        "op": "subscribe",
    }


SIMULATED = SimulatedExamples(
    listed=("bybit:linear:BTCUSDT", "bybit:linear:ETHUSDT"),
    command=_command,
    refused=_refused,
    takes_others=False,
    streams={
        "bybit:spot:BTCUSDT": ("trades", "book_deltas", "book_snapshots", "tickers"),
        "bybit:linear:BTCUSDT": _CONTRACTS,
        "bybit:inverse:BTCUSD": _CONTRACTS,
    },
    routes={
        "spot": _SPOT,
        "linear": {**_SPOT, "openInterest": {}, "funding": {}},
        "inverse": {**_SPOT, "openInterest": {}, "funding": {}},
    },
    symbols={"spot": "BTCUSDT", "linear": "BTCUSDT", "inverse": "BTCUSD"},
)
