"""Which venues number their trades without holes, so that a missing id is a missing trade."""

from marketdata_platform.core.instrument import Instrument

_CONTIGUOUS = frozenset({"binance"})


def contiguous_trade_ids(instrument: Instrument) -> bool:
    """Whether a gap in the instrument's trade ids is a gap in the record.

    Binance's ids, of single and of aggregate trades, are contiguous per symbol (futures trades that are not at the
    market, such as INSURANCE_FUND, use up an id too, which is why they are stored). Bybit's are UUIDs.
    """
    return instrument.venue in _CONTIGUOUS
