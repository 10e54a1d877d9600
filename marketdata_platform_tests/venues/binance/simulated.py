"""Binance as the simulated exchange speaks it."""

from marketdata_platform_tests.venues.simulated_examples import SimulatedExamples

_FUTURES = ("trades", "quotes", "book_deltas", "funding_rates", "index_prices", "liquidations")
_DERIVATIVES = {"exchangeInfo": {}, "depth": {}, "openInterest": {}, "premiumIndex": {}}


def _command(*symbols):
    params = [f"{one.lower()}@trade" for one in symbols]
    return {"method": "SUBSCRIBE", "params": params, "id": 7}


SIMULATED = SimulatedExamples(
    listed=("binance:spot:BTCUSDT", "binance:spot:ETHUSDT"),
    command=_command,
    refused=lambda good, bad: {"result": None, "id": 7},  # success, and silence
    takes_others=True,
    streams={
        "binance:spot:BTCUSDT": ("trades", "quotes", "book_deltas"),
        "binance:futures:ETHUSDT": _FUTURES,
        "binance:coin_futures:BTCUSD_PERP": _FUTURES,
    },
    routes={
        "spot": {
            "exchangeInfo": {},
            "depth": {},
            "trades": {},
            "historicalTrades": {},
            "aggTrades": {},
        },
        "futures": {**_DERIVATIVES, "openInterestHist": {}, "fundingRate": {}, "aggTrades": {}},
        "coin_futures": {**_DERIVATIVES, "fundingRate": {}, "historicalTrades": {}},
    },
    symbols={
        "spot": "BTCUSDT",
        "futures": "BTCUSDT",
        "coin_futures": "BTCUSD_PERP",
        "options": "BTC-261225-100000-C",
    },
)
