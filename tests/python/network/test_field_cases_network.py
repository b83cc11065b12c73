"""Inputs made after public reports, served by their own servers; the README beside them says what must come out."""

from __future__ import annotations

import csv
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from fault_server import serving
from test_record import wait_for

from conftest import ROOT

CASES = ROOT.parent / "shared" / "field_cases"
pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(not CASES.exists(), reason="the field cases are not on this machine"),
]
LIQHEAT = Path(sys.executable).parent / "liqheat"


@contextmanager
def running(case: str) -> Iterator[int]:
    """The case's server, on the port yielded."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    command = [sys.executable, CASES / case / "server.py", str(port)]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        wait_for(lambda: is_open(port))
        yield port
    finally:
        process.kill()
        process.wait()


def is_open(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


@pytest.mark.parametrize("path", ["", "/market"])
def test_09_streams_that_moved(tmp_path: Path, path: str) -> None:
    with running("09") as port:
        environment = os.environ | {
            "LIQHEAT_LAKE": str(tmp_path),
            "BINANCE_STREAM_URL": f"ws://127.0.0.1:{port}{path}",
        }
        process = subprocess.Popen(
            [LIQHEAT, "record", "BTCUSDT", "ETHUSDT"],
            env=environment,
            text=True,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
        )
        # The silent address is left after ten seconds.
        time.sleep(8 if path else 18)
        process.send_signal(signal.SIGINT)
        output, _ = process.communicate(timeout=30)
    assert process.returncode == 0
    assert ("accepts the connection and says nothing" in output) == (path == "")
    for symbol in ("BTCUSDT", "ETHUSDT"):
        orders = [row for file in tmp_path.rglob(f"{symbol}-forceOrder-*.csv") for row in csv.DictReader(file.open())]
        assert len(orders) >= 1
        assert {row["accumulated_fill_quantity"] for row in orders} == {"1.5"}


def test_11_answers_of_odd_contracts(tmp_path: Path) -> None:
    with running("11") as port:
        environment = os.environ | {"LIQHEAT_LAKE": str(tmp_path), "BINANCE_REST_URL": f"http://127.0.0.1:{port}"}
        done = subprocess.run(
            [LIQHEAT, "live", "BTCUSDT_261225", "NOSUCHUSDT"], env=environment, text=True, capture_output=True
        )
    assert done.returncode == 1
    assert "NOSUCHUSDT: the exchange says -1121 Invalid symbol." in done.stderr
    assert "BTCUSDT_261225" not in done.stderr
    found = {file.parts[-3] for file in tmp_path.rglob("*BTCUSDT_261225*.csv")}
    assert {"livePremiumIndex", "liveOpenInterest", "liveTicker"} <= found
    bars = list(tmp_path.rglob("BTCUSDT_261225-1m-*.csv"))
    assert len(bars) == 60, "thirty days of bars and of bars of the mark price"
    [premium] = (tmp_path / "collected").rglob("BTCUSDT_261225-livePremiumIndex-*.csv")
    [row] = csv.DictReader(premium.open())
    assert (row["mark_price"], row["last_funding_rate"], row["next_funding_time"]) == ("100.0", "", "")


def test_17_a_symbol_in_chinese(tmp_path: Path) -> None:
    made = tmp_path / "made"
    subprocess.run(
        [sys.executable, CASES / "14" / "make.py", made], env=os.environ | {"PYTHONPATH": str(CASES)}, check=True
    )
    root = next(path for path in (made, *made.rglob("*")) if (path / "data" / "futures").is_dir())
    with serving(root) as server:
        environment = os.environ | {
            "LIQHEAT_LAKE": str(tmp_path / "lake"),
            "LIQHEAT_LOGS": str(tmp_path / "logs"),
            "BINANCE_ARCHIVE_URL": server.url,
            "BINANCE_WEB_URL": server.url,
        }
        period = ["--from", "2025-11-01", "--to", "2025-11-12", "--datasets", "klines/5m,metrics"]
        done = subprocess.run(
            [LIQHEAT, "fetch", "币安人生USDT", *period], env=environment, text=True, capture_output=True
        )
    assert done.returncode == 0, done.stderr
    assert "24 files loaded" in done.stdout
