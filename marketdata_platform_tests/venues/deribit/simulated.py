"""Deribit as the simulated exchange speaks it."""

from marketdata_platform_tests.venues.simulated_examples import SimulatedExamples


def _command(*symbols):
    channels = [f"trades.{one}.100ms" for one in symbols]
    return {
        "jsonrpc": "2.0",
        "id": 7,
        "method": "public/subscribe",
        "params": {"channels": channels},
    }


SIMULATED = SimulatedExamples(
    listed=("deribit:perpetual:BTC-PERPETUAL", "deribit:perpetual:ETH-PERPETUAL"),
    command=_command,
    refused=lambda good, bad: {"id": 7, "result": [f"trades.{good}.100ms"]},
    takes_others=True,
    streams={
        "deribit:perpetual:BTC-PERPETUAL": (
            "trades",
            "quotes",
            "book_deltas",
            "book_snapshots",
            "index_prices",
            "open_interest",
            "tickers",
            "funding_rates",
            "liquidations",
        ),
        "deribit:option:BTC-25DEC26-100000-C": (
            "trades",
            "options_tickers",
            "open_interest",
            "quotes",
        ),
    },
    routes={
        "any": {
            "instruments": {"currency": "BTC"},
            "instrument": {},
            "trades": {},
            "tradesByTime": {"start_timestamp": 0},
            "orderbook": {},
            "ticker": {},
        }
    },
    symbols={
        "perpetual": "BTC-PERPETUAL",
        "option": "BTC-25DEC26-100000-C",
        "future": "BTC-25DEC26",
        "spot": "BTC_USDC",
        "combo": "BTC-FS-25DEC26_PERP",
        "index": "btc_usd",
    },
)
