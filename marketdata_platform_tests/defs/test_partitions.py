from datetime import date

import dagster as dg
import pytest

from marketdata_platform.core.errors import InvalidInput, InvalidWindow
from marketdata_platform.core.instrument import Instrument
from marketdata_platform.definitions import build_definitions
from marketdata_platform.defs import launch
from marketdata_platform.defs.partitions import by_instrument, partition_key
from marketdata_platform.defs.resources import PlatformResource

BTC, SPREAD = (
    Instrument.parse("binance:spot:BTCUSDT"),
    Instrument.parse("databento:glbx:CL:BF F1-G1-H1"),
)


def test_keys_read_day_then_instrument_and_come_back():
    keys = [
        partition_key(SPREAD, date(2024, 7, 19)),
        partition_key(BTC, date(2024, 7, 18)),
        partition_key(SPREAD, date(2024, 7, 18)),
    ]

    assert keys[1] == "2024-07-18|binance:spot:BTCUSDT"
    assert by_instrument(keys) == {
        BTC: [date(2024, 7, 18)],
        SPREAD: [date(2024, 7, 18), date(2024, 7, 19)],
    }


@pytest.fixture
def platform(tmp_path):
    return PlatformResource(root=str(tmp_path)).platform()


@pytest.mark.parametrize(
    ("first", "last", "said"),
    [
        (date(2024, 7, 19), date(2024, 7, 18), "nothing would be done"),
        (date(2016, 1, 1), date(2024, 7, 18), "start_date"),
        (date(2024, 7, 18), date(2999, 1, 1), "after today"),
    ],
)
def test_inverted_and_impossible_ranges_are_refused(platform, first, last, said):
    with pytest.raises(InvalidWindow, match=said):
        launch.days_between(platform, first, last)


def test_assets_are_chosen_by_name_group_or_all_and_a_typo_lists_what_there_is():
    definitions = build_definitions()

    assert launch.chosen_assets(definitions, ["bar__kline,bar__vpin"]) == [
        dg.AssetKey("bar__kline"),
        dg.AssetKey("bar__vpin"),
    ]
    assert len(launch.chosen_assets(definitions, ["bars"])) == 11
    assert len(launch.chosen_assets(definitions, ["group:archive", "trades"])) == 4
    assert len(launch.chosen_assets(definitions, ["all"])) == 20
    with pytest.raises(InvalidInput, match="bar__kline"):
        launch.chosen_assets(definitions, ["bar_kline"])
