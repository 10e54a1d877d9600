"""What to say to a venue to hear a dataset: names of channels, and messages that subscribe to them.

Belongs here: channel names and messages. Does not: how often one may send them (endpoints), or
sending.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any

import msgspec

from marketdata_platform.core.errors import ConfigurationError
from marketdata_platform.core.instrument import Instrument
from marketdata_platform.venues.endpoints import endpoint_of

# Dataset → channel, `{}` stands for the symbol. A channel that gives several datasets stands at
# each of them.
_BINANCE_SPOT = {"trades": "{}@trade", "quotes": "{}@bookTicker", "book_deltas": "{}@depth@100ms"}
_BINANCE_FUTURES = {
    **_BINANCE_SPOT,
    "book_deltas": "{}@depth@100ms",
    "funding_rates": "{}@markPrice@1s",
    "index_prices": "{}@markPrice@1s",
    "liquidations": "{}@forceOrder",
}
# `{underlying}` and `{expiry}` are of the option: btcusdt and 261225 of BTC-261225-100000-C.
_BINANCE_OPTIONS = {
    "trades": "{}@optionTrade",
    "quotes": "{}@bookTicker",
    "book_deltas": "{}@depth@100ms",
    "options_tickers": "{underlying}@optionMarkPrice",
    "index_prices": "{underlying}@optionMarkPrice",
    "open_interest": "{underlying}@openInterest@{expiry}",
}
# Dataset → what may stand behind its `@` in place of its usual channel.
_CHOICES = {
    ("binance", "spot"): {"trades": ("aggTrade",)},
    ("binance", "futures"): {"trades": ("aggTrade",)},
    ("binance", "coin_futures"): {"trades": ("aggTrade",)},
}
_DERIBIT = {
    "trades": "trades.{}.100ms",
    "quotes": "quote.{}",
    "book_deltas": "book.{}.100ms",
    "book_snapshots": "book.{}.100ms",
    "liquidations": "trades.{}.100ms",
    **dict.fromkeys(
        ("tickers", "options_tickers", "open_interest", "funding_rates", "index_prices"),
        "ticker.{}.100ms",
    ),
}
_BYBIT_SPOT = {
    "trades": "publicTrade.{}",
    "book_deltas": "orderbook.200.{}",
    "book_snapshots": "orderbook.200.{}",
    "tickers": "tickers.{}",
}
_BYBIT = {
    **_BYBIT_SPOT,
    **dict.fromkeys(("quotes", "funding_rates", "index_prices", "open_interest"), "tickers.{}"),
    "liquidations": "allLiquidation.{}",
}
_KALSHI = {
    "trades": "trade",
    "book_deltas": "orderbook_delta",
    "book_snapshots": "orderbook_delta",
    **dict.fromkeys(("tickers", "quotes", "open_interest"), "ticker"),
}
_CHANNELS: dict[tuple[str, str], dict[str, str]] = {
    ("binance", "spot"): _BINANCE_SPOT,
    ("binance", "futures"): _BINANCE_FUTURES,
    ("binance", "coin_futures"): _BINANCE_FUTURES,
    ("binance", "options"): _BINANCE_OPTIONS,
    ("deribit", "any"): _DERIBIT,
    ("bybit", "spot"): _BYBIT_SPOT,
    ("bybit", "linear"): _BYBIT,
    ("bybit", "inverse"): _BYBIT,
    ("kalshi", "event"): _KALSHI,
}


def dataset_of(wanted: str) -> str:
    """The dataset of what a configuration names: `trades@aggTrade` are `trades`, heard by a channel
    of one's choice.
    """
    return wanted.partition("@")[0]


def channel_of(instrument: Instrument, dataset: str) -> str:
    """The channel that gives a dataset of an instrument (at Kalshi the channel alone: symbols are
    named beside it).

    `trades@aggTrade` chooses aggregate trades.

    Raises:
        ConfigurationError: the venue streams no such dataset, or not so; the message says which it
            does.
    """
    endpoint = endpoint_of(instrument.venue, instrument.market)
    channels = _CHANNELS[endpoint.venue, endpoint.market]
    name, chosen, kind = dataset.partition("@")
    if name not in channels:
        known = ", ".join(sorted(channels))
        raise ConfigurationError(
            f"{instrument.venue}:{instrument.market} streams no {name!a}; it streams {known}"
        )
    if chosen:
        return _chosen(instrument, endpoint.market, name, kind)
    if instrument.venue == "deribit" and instrument.market == "index":
        return f"deribit_price_index.{instrument.symbol}"
    if instrument.venue != "binance":
        return channels[name].replace("{}", instrument.symbol)
    return _of_binance(channels[name], instrument)


def _of_binance(channel: str, instrument: Instrument) -> str:
    """Binance's streams are named in lower case; those of options partly by underlying and
    expiry.
    """
    base, _, rest = instrument.symbol.lower().partition("-")
    named = channel.replace("{underlying}", f"{base}usdt").replace(
        "{expiry}", rest.partition("-")[0]
    )
    return named.replace("{}", instrument.symbol.lower())


def _chosen(instrument: Instrument, market: str, dataset: str, kind: str) -> str:
    choices = _CHOICES.get((instrument.venue, market), {}).get(dataset, ())
    if kind not in choices:
        allowed = ", ".join([dataset, *(f"{dataset}@{choice}" for choice in choices)])
        raise ConfigurationError(
            f"{instrument.venue}:{market} has no {dataset}@{kind[:40]!a}; allowed: {allowed}"
        )
    return f"{instrument.symbol.lower()}@{kind}"


def subscriptions(
    venue: str,
    market: str,
    channels: Sequence[str],
    *,
    symbols: Sequence[str] = (),
    first_id: int = 1,
    undo: bool = False,
) -> Iterator[bytes]:
    """Messages that subscribe to channels, or with `undo` end that, each within the venue's size.

    Args:
        venue: as in `Instrument`.
        market: as in `Instrument`.
        channels: as `channel_of` gives them.
        symbols: Kalshi's market tickers.
        first_id: id of the first message; those after it count on.
        undo: unsubscribe.
    """
    endpoint = endpoint_of(venue, market)
    build = _MESSAGES[venue]
    whole = list(dict.fromkeys(symbols if venue == "kalshi" else channels))
    for number, start in enumerate(range(0, len(whole), endpoint.arguments), first_id):
        part = whole[start : start + endpoint.arguments]
        told = (
            build(part, number, undo)
            if venue != "kalshi"
            else _kalshi(part, number, undo, channels)
        )
        yield msgspec.json.encode(told)


def _binance(channels: Sequence[str], number: int, undo: bool) -> dict[str, Any]:
    return {"method": "UNSUBSCRIBE" if undo else "SUBSCRIBE", "params": channels, "id": number}


def _deribit(channels: Sequence[str], number: int, undo: bool) -> dict[str, Any]:
    method = "public/unsubscribe" if undo else "public/subscribe"
    return {"jsonrpc": "2.0", "id": number, "method": method, "params": {"channels": channels}}


def _bybit(channels: Sequence[str], number: int, undo: bool) -> dict[str, Any]:
    return {"op": "unsubscribe" if undo else "subscribe", "args": channels, "req_id": str(number)}


def _kalshi(
    symbols: Sequence[str], number: int, undo: bool, channels: Sequence[str]
) -> dict[str, Any]:
    if undo:  # Kalshi ends subscriptions by their `sid`: here the given channels are these numbers
        return {
            "id": number,
            "cmd": "unsubscribe",
            "params": {"sids": [int(sid) for sid in channels]},
        }
    params = {"channels": list(dict.fromkeys(channels)), "market_tickers": symbols}
    return {"id": number, "cmd": "subscribe", "params": params}


_MESSAGES: dict[str, Callable[..., dict[str, Any]]] = {
    "binance": _binance,
    "deribit": _deribit,
    "bybit": _bybit,
    "kalshi": _kalshi,
}


def first_messages(venue: str) -> list[bytes]:
    """What a new connection says before it subscribes: Deribit is asked for heartbeats."""
    if venue != "deribit":
        return []
    told = {"jsonrpc": "2.0", "id": 0, "method": "public/set_heartbeat", "params": {"interval": 10}}
    return [msgspec.json.encode(told)]


def reply_to(venue: str, frame: bytes) -> bytes | None:
    """What must be answered to a frame at once: Deribit's `test_request` with `public/test`. None:
    nothing.
    """
    if venue == "deribit" and b'"test_request"' in frame and b'"heartbeat"' in frame:
        return endpoint_of("deribit", "any").heartbeat.message
    return None
