"""Settings that hold for the whole suite."""

import os
import tempfile
from pathlib import Path

import pytest
from hypothesis import settings

from marketdata_platform_tests.own_environment import left_in, take_over

# A busy machine makes one example slow, which says nothing about the code; CI tries the same
# examples every time.
settings.register_profile("suite", deadline=None, derandomize=bool(os.environ.get("CI")))
settings.load_profile("suite")

# Before any module of tests is imported: some read the environment as they are.
_FOLDER = tempfile.TemporaryDirectory(prefix="marketdata-tests-", ignore_cleanup_errors=True)
_NOBODY = take_over(os.environ, Path(_FOLDER.name))


@pytest.fixture(autouse=True, scope="session")
def _nobody_writes_without_a_root():
    yield
    assert not left_in(_NOBODY), "a test wrote to the root of whoever names none"


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
