"""Where each number of a kline stands in the kernel's rows of int64 words. Two-word numbers: low
word, then high.
"""

START, FIRST, LAST, TRADES = 0, 1, 2, 3  # window start in µs, first and last row, trades
OPEN, HIGH, LOW, CLOSE = 4, 5, 6, 7  # scaled by 1e8
VOLUME, BUY_VOLUME, SELL_VOLUME = 8, 10, 12  # two words each, scaled by 1e8
QUOTE, BUY_QUOTE = 14, 16  # two words each, scaled by 1e16
KLINE_WIDTH = 18
