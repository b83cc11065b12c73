"""Whatever a server answers, a command ends in time, with one sentence, and without filling memory or disk."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import threading
import time
from contextlib import AbstractContextManager, suppress
from datetime import date
from pathlib import Path
from types import SimpleNamespace

import pytest
from fault_server import serving
from filelock import FileLock
from hostile_server import (
    JSON,
    LARGE,
    LASTING,
    MALFORMED,
    HostileServer,
    Script,
    Wire,
    deaf,
    handshaking,
    hostile,
    text,
)
from small_archive import METRICS, begin, days, write_day

from liquidation_heatmap.errors import LiqheatError
from liquidation_heatmap.network.archive import archive_file, most_bytes
from liquidation_heatmap.network.client import MOST_BYTES, Client
from liquidation_heatmap.network.download import MOST_BYTES_OF_A_CHECKSUM, download, size_of
from liquidation_heatmap.network.fetch import fetch, plan
from liquidation_heatmap.network.holdings import Holdings
from liquidation_heatmap.network.live import live
from liquidation_heatmap.upkeep.refresh import refresh

FILE = archive_file(METRICS, "daily", date(2026, 3, 1))
# The most bytes that a connection may hold beside those that were read.
BUFFERS = 8_000_000
TIMEOUT = 0.3
ENOUGH_SECONDS = 6.0
HOSTILE = {**LASTING, **LARGE, **MALFORMED}


def asking(url: str) -> Client:
    return Client(url, tries=2, backoff_seconds=0.001, timeout_seconds=TIMEOUT)


def sentence(error: LiqheatError) -> str:
    """Assert that an error's message is one line of printable letters, and return it."""
    assert error.problem.isprintable()
    assert len(error.problem) < 1_500
    return error.problem


class Stopwatch:
    def __init__(self) -> None:
        self._started = time.monotonic()

    @property
    def seconds(self) -> float:
        return time.monotonic() - self._started


@pytest.mark.parametrize("script", HOSTILE.values(), ids=HOSTILE)
def test_a_checksum(script: Script, tmp_path: Path) -> None:
    watch = Stopwatch()
    with hostile(script) as server:
        with pytest.raises(LiqheatError) as raised:
            download(asking(server.url), FILE, tmp_path)
        assert sentence(raised.value)
        assert watch.seconds < ENOUGH_SECONDS
        assert server.sent < 2 * (MOST_BYTES_OF_A_CHECKSUM + BUFFERS)


def after_a_checksum(script: Script) -> Script:
    def answer(wire: Wire) -> None:
        if wire.path.endswith(".CHECKSUM"):
            wire.answer(b"0" * 64 + b"  " + FILE.path.name.encode())
        else:
            script(wire)

    return answer


@pytest.mark.parametrize("script", HOSTILE.values(), ids=HOSTILE)
def test_a_file(script: Script, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    most = 3_000_000
    monkeypatch.setattr("liquidation_heatmap.network.download.most_bytes", lambda _: most)
    watch = Stopwatch()
    with hostile(after_a_checksum(script)) as server:
        with pytest.raises(LiqheatError) as raised:
            download(asking(server.url), FILE, tmp_path)
        assert sentence(raised.value)
        assert watch.seconds < ENOUGH_SECONDS
        assert server.sent < 2 * (most + BUFFERS)
    assert sum(path.stat().st_size for path in tmp_path.rglob("*") if path.is_file()) <= most


@pytest.mark.parametrize("script", HOSTILE.values(), ids=HOSTILE)
def test_the_size_of_a_file(script: Script) -> None:
    watch = Stopwatch()
    with hostile(script) as server:
        # Some of these do no harm, as the client does not read to the end.
        with suppress(LiqheatError):
            assert size_of(asking(server.url), FILE) <= most_bytes(FILE)
        assert watch.seconds < ENOUGH_SECONDS
        assert server.sent < 2 * BUFFERS


@pytest.mark.parametrize("script", [*HOSTILE.values(), *JSON.values()], ids=[*HOSTILE, *JSON])
def test_the_rest_interface(script: Script, tmp_path: Path) -> None:
    watch = Stopwatch()
    with hostile(script) as server:
        with pytest.raises(LiqheatError) as raised:
            live(["BTCUSDT"], tmp_path, asking(server.url))
        assert sentence(raised.value)
        assert watch.seconds < ENOUGH_SECONDS
        assert server.sent < 2 * (MOST_BYTES + BUFFERS)
    assert not list(tmp_path.rglob("*.csv"))


def test_a_connection_that_is_never_made() -> None:
    watch = Stopwatch()
    with deaf() as url, pytest.raises(LiqheatError, match="does not answer"):
        asking(url).get("/fapi/v1/time", lambda answer: answer.status_code)
    assert watch.seconds < ENOUGH_SECONDS


def test_a_name_that_nobody_looks_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_: time.sleep(3) or [])
    watch = Stopwatch()
    with pytest.raises(LiqheatError, match="in time"):
        asking("http://resolver.test").get("/fapi/v1/time", lambda answer: answer.status_code)
    assert watch.seconds < ENOUGH_SECONDS


HANDSHAKES: dict[str, bytes] = {"none": b"", "garbage": b"\x00" * 5_000, "plain text": b"HTTP/1.1 400 Bad\r\n\r\n"}


@pytest.mark.parametrize("said", HANDSHAKES.values(), ids=HANDSHAKES)
@pytest.mark.parametrize("pause", [0.0, 0.05])
def test_a_handshake_that_never_ends(said: bytes, pause: float) -> None:
    watch = Stopwatch()
    with handshaking(said, pause) as url, pytest.raises(LiqheatError) as raised:
        asking(url).get("/fapi/v1/time", lambda answer: answer.status_code)
    assert sentence(raised.value)
    assert watch.seconds < ENOUGH_SECONDS


def test_a_refresh_lets_go_of_its_lock(tmp_path: Path) -> None:
    served, lake, today = tmp_path / "served", tmp_path / "lake", date(2026, 3, 10)
    for day in days("2026-03-01", 3):
        write_day(served, day)
    with serving(served) as server:
        begin(server, lake, date(2026, 3, 1), date(2026, 3, 3), today)
    watch = Stopwatch()
    with hostile(LASTING["one byte a second"]) as server:
        done = refresh(lake, asking(server.url), today, lambda: False, progress=False)
    assert done.fetched.failed
    assert watch.seconds < 3 * ENOUGH_SECONDS
    with FileLock(lake / ".refresh.lock", timeout=0):
        pass


def test_an_answer_that_comes_slowly_but_comes_is_taken() -> None:
    """The answer takes twice the time of a small one, at a speed well above the slowest that is allowed."""
    body = b" " * 20_000 + b"7"

    def slowly(wire: Wire) -> None:
        wire.send(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % len(body))
        for start in range(0, len(body), 1_500):
            wire.send(body[start : start + 1_500])
            time.sleep(0.05)

    with hostile(slowly) as server:
        watch = Stopwatch()
        assert asking(server.url).get("/numbers", lambda answer: answer.content) == body
        assert watch.seconds > 2 * TIMEOUT


def test_a_whole_fetch_from_a_hostile_archive_ends_and_blames_each_file(tmp_path: Path) -> None:
    today = date(2026, 3, 10)
    files = plan([METRICS], date(2026, 3, 1), date(2026, 3, 4), today, Holdings())
    assert len(files) == len(days("2026-03-01", 4))
    with hostile(LASTING["redirect, one byte a second"]) as server:
        report = fetch(files, tmp_path, asking(server.url), today, Holdings(), progress=False)
    assert len(report.failed) == 4


def test_more_than_the_disk_has_room_for_is_not_begun(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("liquidation_heatmap.network.download.shutil.disk_usage", lambda _: SimpleNamespace(free=100))
    with (
        hostile(after_a_checksum(text(b"x" * 101))) as server,
        pytest.raises(LiqheatError, match="the disk has room for 100"),
    ):
        download(asking(server.url), FILE, tmp_path)
    assert [path for path in tmp_path.rglob("*") if path.is_file()] == []


COMMANDS = {
    "fetch": ["fetch", "BTCUSDT", "--days", "3"],
    "fetch --trades": ["fetch", "BTCUSDT", "--days", "3", "--trades"],
    "live": ["live", "BTCUSDT"],
}
STUBBORN = {name: LASTING[name] for name in ("says nothing", "one byte a second", "redirect, one byte a second")} | {
    name: LARGE[name] for name in ("redirect without end",)
}


@pytest.mark.parametrize("command", COMMANDS.values(), ids=COMMANDS)
@pytest.mark.parametrize("script", [*STUBBORN.values(), None], ids=[*STUBBORN, "never made"])
def test_an_interrupt_ends_it_within_a_second(command: list[str], script: Script | None, tmp_path: Path) -> None:
    served: AbstractContextManager[HostileServer | str] = hostile(script) if script else deaf()
    with served as server:
        url = server if isinstance(server, str) else server.url
        environment = os.environ | {
            "LIQHEAT_LAKE": str(tmp_path / "lake"),
            "LIQHEAT_LOGS": str(tmp_path / "logs"),
            "BINANCE_ARCHIVE_URL": url,
            "BINANCE_REST_URL": url,
            "BINANCE_WEB_URL": url,
        }
        process = subprocess.Popen(
            [Path(sys.executable).parent / "liqheat", *command],
            env=environment,
            text=True,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
        )
        try:
            begun = Stopwatch()
            while isinstance(server, HostileServer) and not server.paths:
                assert begun.seconds < 30
                time.sleep(0.01)
            time.sleep(0.3 if script else 5.0)
            watch = Stopwatch()
            if process.poll() is None:
                process.send_signal(signal.SIGINT)
            output, _ = process.communicate(timeout=30)
        finally:
            process.kill()
    assert watch.seconds < 1.5, "deaf to an interrupt"
    assert "Traceback" not in output


def test_the_watch_over_deadlines_is_one_thread_however_many_requests() -> None:
    with hostile(text(b"[1]")) as server:
        for _ in range(5):
            client = asking(server.url)
            for _ in range(10):
                client.get("/numbers", lambda answer: answer.status_code)
        assert [thread.name for thread in threading.enumerate()].count("deadlines") == 1
