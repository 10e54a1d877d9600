"""Settings that hold for the whole suite."""

import os

from hypothesis import settings

# A busy machine makes one example slow, which says nothing about the code; CI tries the same examples every time.
settings.register_profile("suite", deadline=None, derandomize=bool(os.environ.get("CI")))
settings.load_profile("suite")
