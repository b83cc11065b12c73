"""The viewer in a process of its own, and the browser that looks at it."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from liquidation_heatmap.cli.published import VIEWER

# What is installed: a browser is not downloaded for a test.
CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
CHROMIUM_FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update"]
STARTS_WITHIN = 60


@contextmanager
def serving(published: Path) -> Iterator[str]:
    """Address of the viewer of a published file, which need not be there yet."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    log = published.parent / "viewer.log"
    log.parent.mkdir(parents=True, exist_ok=True)
    with log.open("w") as output:
        server = subprocess.Popen(
            [sys.executable, "-m", "streamlit", "run", VIEWER, "--server.headless=true", f"--server.port={port}"],
            env={**os.environ, "LIQHEAT_PUBLISHED": str(published)},
            stdout=output,
            stderr=subprocess.STDOUT,
        )
    try:
        address = f"http://127.0.0.1:{port}"
        _await(f"{address}/_stcore/health", server, log)
        yield address
    finally:
        server.terminate()
        server.wait(10)


def _await(url: str, server: subprocess.Popen[bytes], log: Path) -> None:
    deadline = time.monotonic() + STARTS_WITHIN
    while time.monotonic() < deadline and server.poll() is None:
        try:
            with urllib.request.urlopen(url, timeout=1):
                return
        except OSError:
            time.sleep(0.1)
    raise RuntimeError(f"the viewer did not start:\n{log.read_text()}")
