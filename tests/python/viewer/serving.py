"""The viewer in a process of its own, and a browser that opens its pages."""

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

from playwright.sync_api import Page, expect

from liquidation_heatmap.cli.published import VIEWER

# The installed browser is taken, as a test downloads none.
CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
CHROMIUM_FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update"]
DESKTOP, PHONE = {"width": 1400, "height": 1000}, {"width": 390, "height": 844}
STARTS_WITHIN = 60
# A widget's script is fetched when it is first drawn: five seconds, which is usual, are short on a busy machine.
expect.set_options(timeout=30_000)
# Requests that fail as they should: below a deep link Streamlit tries its own address before the root.
OWN_PROBES = ("/_stcore/health", "/_stcore/host-config")


@contextmanager
def serving(published: Path) -> Iterator[str]:
    """Serve the viewer of a published file, which need not exist yet, and yield its address."""
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


@contextmanager
def quiet(page: Page) -> Iterator[Page]:
    """A page that must log no error, and request nothing from other servers than the viewer."""
    complaints: list[str] = []
    probes: list[str] = []
    page.on("console", lambda message: complaints.append(message.text) if message.type == "error" else None)
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.on("request", lambda request: complaints.append(request.url) if _leaves(request.url) else None)
    page.on(
        "response",
        lambda response: (
            probes.append(response.url) if response.url.endswith(OWN_PROBES) and response.status == 404 else None
        ),
    )
    yield page
    not_found = "Failed to load resource: the server responded with a status of 404 (Not Found)"
    for _ in probes:
        complaints.remove(not_found)
    assert not complaints


def _leaves(url: str) -> bool:
    return not url.startswith(("http://127.0.0.1:", "ws://127.0.0.1:", "data:", "blob:"))


def settle(page: Page) -> None:
    """Wait until the script has run and its page is drawn."""
    page.wait_for_selector("[data-testid=stApp][data-test-script-state=notRunning]", timeout=30_000)
    expect(page.get_by_test_id("stHeading").first).to_be_visible()
    page.wait_for_function("document.querySelectorAll('[data-stale=true]').length === 0")


def look(page: Page, address: str) -> None:
    """Open an address of the viewer and wait until it is drawn."""
    page.goto(address)
    settle(page)
