"""Files to records: exchange dumps, Tardis CSV and frame captures, read in bounded memory."""

from marketdata_platform.history.containers import Caps
from marketdata_platform.history.formats import Format
from marketdata_platform.history.trade_file import TradeFile, open_file

__all__ = ["Caps", "Format", "TradeFile", "open_file"]
