"""Files to records: exchange dumps, Tardis CSV, frame captures, DBN and tables, read in bounded
memory.
"""

from marketdata_platform.history.containers import Caps
from marketdata_platform.history.formats.recognise import Format
from marketdata_platform.history.loads import LoadFile, open_load
from marketdata_platform.history.trade_file import TradeFile, open_file

__all__ = ["Caps", "Format", "LoadFile", "TradeFile", "open_file", "open_load"]
