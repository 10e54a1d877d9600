"""Names of kline intervals, apart from their windows: a configuration knows them without loading
NumPy or Polars.
"""

_SECONDS_AND_MINUTES = ("1s", "5s", "15s", "30s", "1m", "3m", "5m", "15m", "30m")
INTERVALS = (*_SECONDS_AND_MINUTES, "1h", "2h", "4h", "6h", "8h", "12h", "1d", "3d", "1w", "1M")
