"""Run the command given as arguments and print, as JSON, how long it took and the most memory it held.

It is a process of its own, because a child process starts with its parent's peak of memory. A child of the benchmark,
which holds whole tapes, would seem to need as much memory as the benchmark does.
"""

from __future__ import annotations

import json
import os
import resource
import subprocess
import sys
import time


def main() -> None:
    """Wait for the command; its output and exit status are part of what is printed."""
    # What was written before is put on disk first, so that this command does not wait for it.
    os.sync()
    started = time.perf_counter()
    done = subprocess.run(sys.argv[1:], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False)
    seconds = time.perf_counter() - started
    # Linux counts in KiB, macOS in bytes.
    unit = 1 if sys.platform == "darwin" else 1024
    peak_bytes = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss * unit
    print(json.dumps([done.returncode, done.stdout, seconds, peak_bytes]))


if __name__ == "__main__":
    main()
