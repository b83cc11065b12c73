"""Run the command given as arguments and print, as JSON, how long it took and the most memory it held.

A process of its own, because a child begins with its parent's peak on its account: under the benchmark itself, which
holds whole tapes, every command would seem to need what the benchmark needs.
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
    # What was written before, by whichever side, must not be waiting for the disk now.
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
