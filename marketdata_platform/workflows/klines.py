"""Klines of any interval: stored ones as they are, longer ones rolled up, those below a minute made from the trades."""

from __future__ import annotations

from datetime import datetime, timedelta

import polars as pl
import pyarrow as pa

from marketdata_platform.core.bars import INTERVALS, fold_klines, roll_up, window_bounds
from marketdata_platform.core.datasets import dataset_named
from marketdata_platform.core.errors import InvalidInput
from marketdata_platform.core.instrument import Instrument
from marketdata_platform.core.window import Window
from marketdata_platform.workflows.ports import Store
from marketdata_platform.workflows.record import holes_of_day, open_record
