from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest

from marketdata_platform.core.errors import ConfigurationError
from marketdata_platform.core.instrument import Instrument
from marketdata_platform.core.series_start import SeriesStart
from marketdata_platform.settings import load_settings

START = SeriesStart(Decimal("60123.4"), Decimal(1000), Decimal(60_000_000))


def settings_of(tmp_path: Path, text: str, **environ: str):
    config = tmp_path / "marketdata.toml"
    config.write_text(text)
    return load_settings(environ={"MARKETDATA_CONFIG": str(config), **environ})


def test_a_relative_root_is_beside_the_file_and_the_caller_and_environment_come_first(tmp_path):
    assert settings_of(tmp_path, 'root = "here"').root == tmp_path / "here"
    assert settings_of(tmp_path, "", MARKETDATA_ROOT=str(tmp_path / "env")).root == tmp_path / "env"
    environ = {
        "MARKETDATA_CONFIG": str(tmp_path / "marketdata.toml"),
        "MARKETDATA_ROOT": "/nowhere",
    }
    assert load_settings(tmp_path / "given", environ=environ).root == tmp_path / "given"


def test_the_environment_overrides_the_file(tmp_path):
    text = 'start_date = 2024-01-01\n[vpin]\nwindow = 20\nbucket_volume = "12.5"\n'
    settings = settings_of(
        tmp_path, text, MARKETDATA_VPIN__WINDOW="30", MARKETDATA_KLINES__INTERVALS="1m,1h"
    )

    assert settings.start_date == date(2024, 1, 1)
    assert settings.vpin.window == 30
    assert settings.vpin.bucket_volume == Decimal("12.5")
    assert settings.klines.intervals == ("1m", "1h")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("[vpin]\nwindw = 20", ["vpin.windw", "unknown key", "window", "bucket_volume"]),
        ("stroe = 1", ["stroe", "unknown key", "start_date"]),
        ("[vpin]\nwindow = 0", ["vpin.window", "greater than or equal to 1"]),
        ("[vpin]\nbucket_volume = -3", ["vpin.bucket_volume"]),
        ('[klines]\nintervals = ["1m", "7m"]', ["klines.intervals", "7m", "5m"]),
        ('[order_flow]\ninterval = "1w"', ["order_flow.interval", "1d"]),
        ('[instruments."BTCUSDT".vpin]\nwindow = 3', ["venue:market:symbol"]),
        ('[instruments."binance:spot:X".vpin]\nwindw = 3', ["windw", "unknown key", "window"]),
        ("start_date = 'soon'", ["start_date"]),
        ("root = [", ["not valid TOML"]),
    ],
)
def test_a_mistake_is_named_with_its_place_and_what_is_allowed(tmp_path, text, said):
    with pytest.raises(ConfigurationError) as refused:
        settings_of(tmp_path, text)

    message = str(refused.value)
    assert all(part in message for part in said), message


def test_an_unknown_variable_is_a_mistake_too(tmp_path):
    with pytest.raises(ConfigurationError, match="windw"):
        settings_of(tmp_path, "", MARKETDATA_VPIN__WINDW="3")


def test_an_instrument_may_differ_and_auto_amounts_come_from_the_first_day(tmp_path):
    text = '[instruments."binance:spot:BTCUSDT".bars]\nvolume = "7"\n'
    settings = settings_of(tmp_path, text)

    own = settings.derive_params(Instrument.parse("binance:spot:BTCUSDT"), START)
    usual = settings.derive_params(Instrument.parse("binance:spot:ETHUSDT"), START)
    assert own["bar__volume"].size == Decimal(7)
    assert usual["bar__volume"].size == Decimal(20)
    assert usual["bar__dollar"].size == Decimal(1_200_000)
    assert usual["market_profile"] == Decimal(1)
    assert usual["bar__vpin"].first_bucket_volume == Decimal(20)


def test_an_instrument_keeps_the_general_value_of_the_keys_that_it_leaves_out(tmp_path):
    text = '[vpin]\nwindow = 20\n[instruments."binance:spot:BTCUSDT".vpin]\nbucket_volume = "7"\n'
    settings = settings_of(tmp_path, text)
    vpin = settings.derive_params(Instrument.parse("binance:spot:BTCUSDT"), START)["bar__vpin"]

    assert (vpin.window, vpin.bucket_volume) == (20, Decimal(7))


def test_the_sample_configuration_is_valid_and_says_the_defaults(tmp_path):
    sample = Path(__file__).resolve().parents[1] / "marketdata.toml"
    from_sample = load_settings(tmp_path, environ={"MARKETDATA_CONFIG": str(sample)})
    (tmp_path / "empty.toml").write_text("")

    assert from_sample == load_settings(
        tmp_path, environ={"MARKETDATA_CONFIG": str(tmp_path / "empty.toml")}
    )
