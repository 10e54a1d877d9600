"""Settings that hold for the whole suite."""

import os

import pytest
from hypothesis import settings

# A busy machine makes one example slow, which says nothing about the code; CI tries the same
# examples every time.
settings.register_profile("suite", deadline=None, derandomize=bool(os.environ.get("CI")))
settings.load_profile("suite")


@pytest.fixture(autouse=True)
def _own_environment():
    """A command run in this process tells its children of its root by the environment: not those of
    the next test.
    """
    before = {name: value for name, value in os.environ.items() if name.startswith("MARKETDATA_")}
    yield
    for name in [
        name for name in os.environ if name.startswith("MARKETDATA_") and name not in before
    ]:
        del os.environ[name]
    os.environ.update(before)
