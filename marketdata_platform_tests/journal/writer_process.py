"""A writer to be killed: appends frames, 100 per millisecond at most, and prints how many are
acknowledged.

`python -m … FOLDER RUN`; frame k of run r is `r:k:` and some filling.
"""

import sys
import time
from pathlib import Path

from marketdata_platform.journal import JournalOptions, JournalWriter


def main():
    folder, run = Path(sys.argv[1]), int(sys.argv[2])
    options = JournalOptions(commit_seconds=0.003, segment_bytes=200_000)
    writer = JournalWriter(folder, "g1", options)
    sys.stdout.write(f"open {writer.recovered}\n")
    sys.stdout.flush()
    waiting, said = [], 0
    for number in range(10**9):
        filling = b"x" * (number * 7919 % 500)
        waiting.append(
            writer.append(f"s{number % 5}", b"%d:%d:" % (run, number) + filling, number, number)
        )
        if number % 100 == 0:
            time.sleep(0.001)  # as a socket would
            acknowledged = writer.acknowledged
            done = sum(position <= acknowledged for position in waiting)
            del waiting[:done]
            said += done
            sys.stdout.write(f"{said}\n")
            sys.stdout.flush()


if __name__ == "__main__":
    main()
