"""Configuration: marketdata.toml and the environment, typed, every key checked, secrets as secrets.

Belongs here: what a deployment may choose, its defaults, and the parameters that follow. Does not:
what they do.
"""

from marketdata_platform.settings.derived import InstrumentSection
from marketdata_platform.settings.load import CONFIG_NAME, load_settings
from marketdata_platform.settings.model import Settings
from marketdata_platform.settings.tiers import ArchiveSection, StoreSection

__all__ = [
    "CONFIG_NAME",
    "ArchiveSection",
    "InstrumentSection",
    "Settings",
    "StoreSection",
    "load_settings",
]
