"""A venue of another package, with no file of ours changed: simulated, recorded, landed, its gaps
found, its books invalid in them, repaired.
"""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from marketdata_platform_tests.cli.venue_template.lemon_files import install
from marketdata_platform_tests.end_to_end import outside_venue


@pytest.mark.slow
def test_it_is_recorded_and_repaired_as_one_of_ours(tmp_path):
    site, root = tmp_path / "site", tmp_path / "root"
    site.mkdir()
    root.mkdir()
    install(site)
    checkout = Path(outside_venue.__file__).parents[2]
    environ = {**os.environ, "PYTHONPATH": os.pathsep.join([str(site), str(checkout)])}
    command = [sys.executable, "-m", outside_venue.__name__, str(root)]
    ran = subprocess.run(
        command, env=environ, cwd=root, capture_output=True, text=True, check=False, timeout=300
    )
    logs = "".join(path.read_text()[-2000:] for path in root.glob("data/logs/*.log"))
    assert ran.returncode == 0, ran.stderr + logs
