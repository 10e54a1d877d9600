"""Files to records: exchange dumps, Tardis CSV, frame captures, DBN and tables, read in bounded
memory.
"""

from marketdata_platform.history.containers import Caps
from marketdata_platform.history.formats.known import formats
from marketdata_platform.history.loads import LoadFile, open_load
from marketdata_platform.history.trade_file import TradeFile, open_file

__all__ = ["Caps", "LoadFile", "TradeFile", "formats", "open_file", "open_load"]
