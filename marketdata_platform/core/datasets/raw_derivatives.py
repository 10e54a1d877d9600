"""Raw datasets of derivatives: funding, liquidations, open interest, options and the indices they
hang on.
"""

from datetime import timedelta

from marketdata_platform.core.datasets.model import (
    NOTIONAL,
    PRICE,
    QUANTITY,
    TEXT,
    TIMESTAMP,
    VOLUME,
    Column,
    Constraint,
    Dataset,
    Tier,
)
from marketdata_platform.core.datasets.raw_columns import (
    HEAD,
    ID_PRESENT,
    OBSERVED_HEAD,
    ORDER,
    RATE,
    SEGMENTS,
    not_negative,
    number,
    partial,
    price,
)


def _series(
    name: str,
    doc: str,
    columns: tuple[Column, ...],
    rules: tuple[Constraint, ...],
    chunk: timedelta = timedelta(days=1),
) -> Dataset:
    return Dataset(
        name=name,
        tier=Tier.RAW,
        doc=doc,
        columns=columns,
        key=("event_id",),
        time_column="ts_event",
        order=ORDER,
        constraints=(ID_PRESENT, *rules),
        chunk=chunk,
        compress_after=timedelta(days=7),
        segment_by=SEGMENTS,
    )


FUNDING_RATES = _series(
    "funding_rates",
    "Funding rates of perpetuals as they are announced, beside the mark and index price of the "
    "moment.",
    (
        *HEAD,
        Column(
            "rate",
            RATE,
            "Rate of the period that ends at `next_funding_time`, as a fraction.",
            nullable=True,
        ),
        partial(
            "rate_8h",
            RATE,
            "Rate over the last eight hours, as a fraction, where the venue gives it.",
        ),
        price("mark_price", "Mark price, where the message has it."),
        price("index_price", "Index price, where the message has it."),
        partial(
            "next_funding_time",
            TIMESTAMP,
            "When it is paid next; null where funding is paid continuously.",
        ),
    ),
    (
        Constraint(
            "rate_or_time",
            "rate IS NOT NULL OR rate_8h IS NOT NULL OR next_funding_time IS NOT NULL",
            "neither a rate nor a funding time",
        ),
    ),
    chunk=timedelta(days=30),  # a few per day, and years of them in one file
)

LIQUIDATIONS = _series(
    "liquidations",
    "Orders by which the venue closed positions that ran out of margin.",
    (
        *HEAD,
        Column(
            "side",
            TEXT,
            "Side of the closing order: `sell` closes a long.",
            allowed=("buy", "sell"),
        ),
        Column(
            "price", PRICE, "Price of the order, or of the trade where the venue reports trades."
        ),
        Column("quantity", QUANTITY, "Quantity in the venue's unit."),
        price("average_price", "Average price of what was filled."),
        partial("filled_quantity", QUANTITY, "Quantity filled so far."),
        partial("order_status", TEXT, "The venue's word for the order's state, lower case."),
    ),
    (
        Constraint("quantity_positive", "quantity > 0", "quantity is not above zero"),
        *not_negative("price"),
    ),
)

OPEN_INTEREST = _series(
    "open_interest",
    "Open contracts and what they are worth.",
    (
        *HEAD,
        partial(
            "open_interest",
            VOLUME,
            "Open positions in the venue's unit: contracts, base or quote currency.",
        ),
        partial("value", NOTIONAL, "Their value in quote currency, where the venue gives it."),
    ),
    (
        *not_negative("open_interest", "value"),
        Constraint(
            "one_given",
            "open_interest IS NOT NULL OR value IS NOT NULL",
            "neither open interest nor value",
        ),
    ),
)

INDEX_PRICES = _series(
    "index_prices",
    "Index and mark prices.",
    (
        *HEAD,
        price("index_price", "Price of the index under the instrument."),
        price("mark_price", "Mark price of the instrument, by which margins are reckoned."),
        price("settle_price", "Estimated settlement price."),
    ),
    (
        Constraint(
            "one_given",
            "index_price IS NOT NULL OR mark_price IS NOT NULL",
            "neither an index nor a mark price",
        ),
    ),
)

OPTIONS_TICKERS = _series(
    "options_tickers",
    "State of an option: its volatilities, top of the book, mark, underlying and greeks. "
    "Volatilities are fractions.",
    (
        *HEAD,
        partial("open_interest", VOLUME, "Open contracts."),
        partial(
            "mark_iv", RATE, "Implied volatility of the mark price, as a fraction (0.65 is 65 %)."
        ),
        partial("bid_iv", RATE, "Of the best bid; null or 0 without one."),
        partial("ask_iv", RATE, "Of the best ask; null or 0 without one."),
        price("bid_price", "Best bid; null without one."),
        partial("bid_quantity", QUANTITY, "Quantity at the best bid."),
        price("ask_price", "Best ask; null without one."),
        partial("ask_quantity", QUANTITY, "Quantity at the best ask."),
        price("mark_price", "Mark price, in the unit in which the option is quoted."),
        price("underlying_price", "Price of the underlying that the mark was reckoned with."),
        partial(
            "underlying_index", TEXT, "Name of the underlying, e.g. the future of the same expiry."
        ),
        price("index_price", "Price of the index."),
        price("last_price", "Last trade; null before any."),
        number("delta", "Delta, as the venue reckons it."),
        number("gamma", "Gamma."),
        number("vega", "Vega, for a volatility that moves by one percentage point."),
        number("theta", "Theta, a day."),
        number("rho", "Rho, for an interest that moves by one percentage point."),
        partial("interest_rate", RATE, "Interest rate of the reckoning, as a fraction."),
        partial("volume_24h", VOLUME, "Contracts traded over the last 24 hours."),
    ),
    not_negative("open_interest", "bid_quantity", "ask_quantity", "mark_price"),
)

TICKERS = _series(
    "tickers",
    "The venue's summary of an instrument. Null: this message did not say (venues send only what "
    "changed).",
    (
        *OBSERVED_HEAD,
        price("last_price", "Last trade."),
        price("bid_price", "Best bid."),
        partial("bid_quantity", QUANTITY, "Quantity at the best bid."),
        price("ask_price", "Best ask."),
        partial("ask_quantity", QUANTITY, "Quantity at the best ask."),
        price("mark_price", "Mark price."),
        price("index_price", "Index price."),
        price("high_24h", "Highest price over 24 hours."),
        price("low_24h", "Lowest price over 24 hours."),
        partial(
            "volume_24h",
            VOLUME,
            "Volume over 24 hours, else of all time, in the venue's unit.",
        ),
        partial("quote_volume_24h", NOTIONAL, "The same in quote currency."),
        partial("open_interest", VOLUME, "Open positions in the venue's unit."),
    ),
    not_negative("bid_quantity", "ask_quantity", "volume_24h", "quote_volume_24h", "open_interest"),
)

DERIVATIVES = (FUNDING_RATES, LIQUIDATIONS, OPEN_INTEREST, OPTIONS_TICKERS, INDEX_PRICES, TICKERS)
