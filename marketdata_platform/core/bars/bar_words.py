"""Where each number of a bar stands in the int64 words that kernels and Python share.

Belongs here: the layout of an open bar and of the head of an output row. Does not: what is done
with them (bar_frame.py, kernels).
"""

TICKS, START, END = 0, 1, 2  # trades, times of the first and the last in µs
OPEN, HIGH, LOW, CLOSE = 3, 4, 5, 6  # scaled by 1e8
# Sums take two words: low, then high.
VOLUME, BUY, SELL = 7, 9, 11  # scaled by 1e8
NOTIONAL = 13  # scaled by 1e16
BAR_WORDS = 15
# Of the open bar only: 0, or the time by which Σp·q had left the 38 digits of its column.
OVERFLOW = BAR_WORDS
