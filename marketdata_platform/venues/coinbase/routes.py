"""Coinbase Exchange: its REST routes.

Belongs here: what can be asked and what it costs. Does not: what is asked when (asking), answers
(rest).

`/products/{}/book` is not here: it is told whole on every subscription, and the `sequence` of the
answer is the number of the full channel, which no change of a level names.
"""

from __future__ import annotations

from marketdata_platform.venues.rest_rules import Route, Routes


def _route(path: str, *, most: int) -> Route:
    """Coinbase counts requests: each weighs 1. The product is in the path."""
    return Route(path=path, weight=1, symbol="", fixed={}, most=most, weights=())


ROUTES = Routes(
    "coinbase",
    "spot",
    {
        "time": _route("/time", most=0),
        "products": _route("/products", most=0),
        "product": _route("/products/{}", most=0),
        "trades": _route("/products/{}/trades", most=1_000),
    },
)
