"""Derived bars. Every number is defined in docs/definitions.md; the kernels are in core/bars."""

from datetime import timedelta

from marketdata_platform.core.datasets.model import (
    BOOL,
    FLOAT,
    INT,
    NOTIONAL,
    PRICE,
    TEXT,
    TIMESTAMP,
    VOLUME,
    VWAP,
    Column,
    Constraint,
    Dataset,
    Tier,
)

COMPRESS_AFTER = timedelta(days=7)
SEGMENT_BY = ("venue", "market", "symbol")

OHLC_SANITY = (
    Constraint(
        "high_is_highest",
        "high >= open AND high >= close AND high >= low",
        "high is not the highest price",
    ),
    Constraint("low_is_lowest", "low <= open AND low <= close", "low is not the lowest price"),
    Constraint(
        "volume_not_negative",
        "volume >= 0 AND buy_volume >= 0 AND sell_volume >= 0",
        "a volume is negative",
    ),
)

OHLC = (
    Column("open", PRICE, "First price in trade order."),
    Column("high", PRICE, "Highest price."),
    Column("low", PRICE, "Lowest price."),
    Column("close", PRICE, "Last price in trade order."),
)

KLINE = Dataset(
    name="bar__kline",
    tier=Tier.AGGREGATES,
    doc=(
        "Klines (candles) over half-open UTC windows; equal to the exchange's own to the last "
        "digit."
    ),
    columns=(
        Column("interval", TEXT, "Window length: 1s … 1M."),
        Column("open_time", TIMESTAMP, "Start of the window."),
        *OHLC,
        Column("volume", VOLUME, "Σq."),
        Column("quote_volume", NOTIONAL, "Σp·q."),
        Column("trades", INT, "Number of trades; aggregate trades count the trades in them."),
        Column("buy_volume", VOLUME, "Σq of taker buys."),
        Column("buy_quote_volume", NOTIONAL, "Σp·q of taker buys."),
        Column("sell_volume", VOLUME, "Σq of taker sells."),
        Column(
            "vwap",
            VWAP,
            "Σp·q / Σq, rounded half to even at 12 decimals; null without volume.",
            nullable=True,
        ),
        Column(
            "first_trade_id",
            TEXT,
            "Id of the first trade; null in a window without trades.",
            nullable=True,
        ),
        Column(
            "last_trade_id",
            TEXT,
            "Id of the last trade; null in a window without trades.",
            nullable=True,
        ),
        Column("complete", BOOL, "False while the window is open or a known gap touches it."),
    ),
    key=("interval", "open_time"),
    time_column="open_time",
    order=("interval", "open_time"),
    constraints=OHLC_SANITY,
    compress_after=COMPRESS_AFTER,
    segment_by=SEGMENT_BY,
)

_BAR_HEAD = (
    Column("bar_index", INT, "Number of the bar since the series' start, from 0."),
    Column("start_time", TIMESTAMP, "Time of the first trade."),
    Column("end_time", TIMESTAMP, "Time of the trade that closed the bar; decides its UTC day."),
    *OHLC,
    Column("volume", VOLUME, "Σq."),
    Column("buy_volume", VOLUME, "Σq of taker buys (tick rule where the venue gives no side)."),
    Column("sell_volume", VOLUME, "Σq of taker sells."),
    Column("quote_volume", NOTIONAL, "Σp·q."),
    Column("vwap", VWAP, "Σp·q / Σq, rounded half to even at 12 decimals."),
    Column("ticks", INT, "Trades in the bar."),
)


def _bars(name: str, doc: str, *extra: Column) -> Dataset:
    return Dataset(
        name=name,
        tier=Tier.PROCESSED,
        doc=doc,
        columns=(*_BAR_HEAD, *extra),
        key=("bar_index",),
        time_column="end_time",
        order=("bar_index",),
        constraints=OHLC_SANITY,
        compress_after=COMPRESS_AFTER,
        segment_by=SEGMENT_BY,
    )


def _imbalance(kind: str, theta: object) -> Dataset:
    return _bars(
        f"bar__{kind}_imbalance",
        f"{kind.capitalize()} imbalance bars (AFML 2.3.2.1): a bar closes when |θ| reaches "
        "E[T]·|E[x]|.",
        Column("imbalance", theta, "θ at the close."),
        Column(
            "threshold",
            FLOAT,
            "E[T]·|E[x]| that θ was held against; null in the first bar.",
            nullable=True,
        ),
        Column("expected_ticks", FLOAT, "E[T] after the close."),
        Column("expected_imbalance", FLOAT, "E[x] after the close."),
        Column(
            "closed_by", TEXT, "What closed the bar.", allowed=("imbalance", "max_ticks", "warmup")
        ),
    )


def _run(kind: str, theta: object) -> Dataset:
    return _bars(
        f"bar__{kind}_run",
        f"{kind.capitalize()} run bars (AFML 2.3.2.2): closes when the larger one-sided sum is as "
        "large as expected.",
        Column("run", theta, "θ at the close: the larger of the buys' and the sells' sum of |x|."),
        Column(
            "threshold",
            FLOAT,
            "Expectation that θ was held against; null in the first bar.",
            nullable=True,
        ),
        Column("expected_ticks", FLOAT, "E[T] after the close."),
        Column(
            "expected_run",
            FLOAT,
            "max(E[buy part of |x|], E[sell part of |x|]) a trade, after the close.",
        ),
        Column("closed_by", TEXT, "What closed the bar.", allowed=("run", "max_ticks", "warmup")),
    )


VPIN = Dataset(
    name="bar__vpin",
    tier=Tier.PROCESSED,
    doc=(
        "VPIN buckets of constant volume, trades split exactly (Easley, López de Prado & O'Hara "
        "2012)."
    ),
    columns=(
        Column("bucket_index", INT, "Number of the bucket since the series' start, from 0."),
        Column("start_time", TIMESTAMP, "Time of the first trade in the bucket."),
        Column("end_time", TIMESTAMP, "Time of the trade that filled it; decides its UTC day."),
        *OHLC,
        Column("volume", VOLUME, "V, the bucket's volume."),
        Column("buy_volume", VOLUME, "Buy volume Vb."),
        Column("sell_volume", VOLUME, "Sell volume Vs."),
        Column(
            "unsigned_volume",
            VOLUME,
            "Volume before the tick rule knew a sign; V = Vb + Vs + this.",
        ),
        Column("imbalance", VOLUME, "|Vb − Vs|."),
        Column("ticks", INT, "Trades, or parts of trades, in the bucket."),
        Column(
            "vpin",
            FLOAT,
            "Mean of |Vb − Vs| / V over the last n buckets; null before n buckets.",
            nullable=True,
        ),
    ),
    key=("bucket_index",),
    time_column="end_time",
    order=("bucket_index",),
    constraints=(
        *OHLC_SANITY,
        Constraint("vpin_is_a_share", "vpin >= 0 AND vpin <= 1", "vpin is outside 0..1"),
    ),
    compress_after=COMPRESS_AFTER,
    segment_by=SEGMENT_BY,
)

BARS = (
    KLINE,
    _imbalance("tick", INT),
    _imbalance("volume", VOLUME),
    _imbalance("dollar", NOTIONAL),
    _run("tick", INT),
    _run("volume", VOLUME),
    _run("dollar", NOTIONAL),
    _bars("bar__tick", "Plain tick bars: a bar closes after a constant number of trades."),
    _bars(
        "bar__volume",
        "Plain volume bars: a bar closes when its volume reaches a constant; trades are not split.",
    ),
    _bars(
        "bar__dollar",
        "Plain dollar bars: a bar closes when Σp·q reaches a constant; trades are not split.",
    ),
    VPIN,
)
