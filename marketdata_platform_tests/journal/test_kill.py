import random
import signal
import subprocess
import sys
import time

import pytest

from marketdata_platform.journal import JournalReader, JournalWriter, check


def killed(folder, run, pause):
    """Start a writer, kill it after `pause` seconds; how many frames it had said to be
    acknowledged.
    """
    command = [
        sys.executable,
        "-m",
        "marketdata_platform_tests.journal.writer_process",
        str(folder),
        str(run),
    ]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout.readline().startswith("open")
        time.sleep(pause)
        process.send_signal(signal.SIGKILL)
        said = [
            int(line)
            for line in process.stdout.read().splitlines(keepends=True)
            if line.endswith("\n")
        ]
    return said[-1] if said else 0


def prove(folder, runs, seed):
    rng = random.Random(seed)
    acknowledged = [killed(folder, run, rng.random() * 0.3) for run in range(runs)]
    with JournalWriter(folder, "g1"):
        pass
    found = {run: [] for run in range(runs)}
    order = []
    for batch in JournalReader(folder).read_batches():
        for payload in batch.payloads():
            run, number, _ = payload.split(b":")
            found[int(run)].append(int(number))
            order.append(int(run))
    assert order == sorted(order)
    for run, least in enumerate(acknowledged):
        assert found[run] == list(range(len(found[run])))  # in order, exactly once
        assert len(found[run]) >= least
    assert sum(acknowledged) > 1000 * runs
    assert check(folder).ok


def test_every_acknowledged_frame_survives_sigkill_at_random_moments(tmp_path):
    prove(tmp_path, 10, seed=1)


@pytest.mark.slow
def test_every_acknowledged_frame_survives_a_hundred_sigkills(tmp_path):
    prove(tmp_path, 100, seed=2)
