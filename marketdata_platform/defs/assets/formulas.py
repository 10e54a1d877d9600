"""The formula of each derived dataset, as the UI's asset page shows it (full text:
docs/definitions.md).
"""

_IMBALANCE = "θ = Σ {x};  a bar closes when T ≥ min_ticks and |θ| ≥ E[T]·|E[x]|, or T ≥ max_ticks"
_RUN = (
    "θ = max(Σ|x| of buys, Σ|x| of sells), x = {x};  a bar closes when θ ≥ E[T]·max(E[buy |x|], "
    "E[sell |x|])"
)

FORMULAS = {
    "bar__kline": "[open_time, open_time + interval):  volume = Σq, "
    "quote_volume = Σp·q, vwap = Σp·q / Σq",
    "bar__tick_imbalance": _IMBALANCE.format(x="b"),
    "bar__volume_imbalance": _IMBALANCE.format(x="b·q"),
    "bar__dollar_imbalance": _IMBALANCE.format(x="b·p·q"),
    "bar__tick_run": _RUN.format(x="b"),
    "bar__volume_run": _RUN.format(x="b·q"),
    "bar__dollar_run": _RUN.format(x="b·p·q"),
    "bar__tick": "a bar closes after N trades",
    "bar__volume": "a bar closes when Σq ≥ V",
    "bar__dollar": "a bar closes when Σp·q ≥ D",
    "bar__vpin": "VPIN = mean over the last 50 buckets of |Vb − Vs| / V;  "
    "trades are split exactly at a bucket's end",
    "order_flow": "delta = buy − sell;  cvd = Σ delta;  imbalance = (buy − sell) / (buy + sell)",
    "footprint": "buy and sell volume per interval and price level",
    "market_profile": "POC = level with the most volume;  "
    "value area = levels around it with ≥ 70 % of the volume",
    "fair_value_gaps": "bullish: low[i+1] > high[i−1];  bearish: high[i+1] < low[i−1];  "
    "known once i+1 has closed",
    "supply_demand_zones": "1-6 candles of range ≤ 0.8·ATR(14), then one of body ≥ 1.5·ATR(14);  "
    "strength = body / ATR",
}
