"""Recording from a real server on loopback, which breaks off, refuses and babbles; the recorder is killed as well."""

from __future__ import annotations

import csv
import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from http import HTTPStatus
from pathlib import Path

import duckdb
import pytest
from filelock import FileLock
from stream_server import Script, cut, mark, order, streaming
from websockets.sync.server import ServerConnection

START = 1_700_000_040_000
QUICK = """
import signal
import sys
from pathlib import Path
from threading import Event
from liquidation_heatmap.lake import collected
from liquidation_heatmap.network import record

collected.PATIENCE_SECONDS = 0
record._backoff = lambda _: 0.05
record._SILENCE_SECONDS = float(sys.argv[3])
stop = Event()
signal.signal(signal.SIGINT, lambda *_: stop.set())
report = record.record(["BTCUSDT"], Path(sys.argv[1]), sys.argv[2], stop, save_seconds=0.1)
print(report.orders, report.bars, report.observed_seconds)
"""


class Recorder:
    """A recorder in a process of its own, in a hurry."""

    def __init__(self, lake: Path, url: str, silence: float) -> None:
        command = [sys.executable, "-c", QUICK, str(lake), url, str(silence)]
        self.process = subprocess.Popen(command, text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)

    def stop(self, with_signal: int = signal.SIGINT) -> str:
        self.process.send_signal(with_signal)
        output, _ = self.process.communicate(timeout=30)
        if with_signal == signal.SIGINT:
            assert self.process.returncode == 0, output
        return output


Start = Callable[..., Recorder]


@pytest.fixture
def start() -> Iterator[Start]:
    """Starts recorders, and leaves none behind."""
    started: list[Recorder] = []

    def start(lake: Path, url: str, silence: float = 20.0) -> Recorder:
        started.append(Recorder(lake, url, silence))
        return started[-1]

    yield start
    for recorder in started:
        recorder.process.kill()
        recorder.process.wait()


def wait_for(condition: Callable[[], object], seconds: float = 20) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "waited in vain"
        time.sleep(0.01)


def collected(lake: Path, dataset: str) -> list[dict[str, str]]:
    rows = []
    for path in sorted((lake / "collected").rglob(f"{dataset}/**/*.csv")):
        with path.open() as file:
            rows += list(csv.DictReader(file))
    return rows


def in_lake(lake: Path, dataset: str) -> list[tuple[object, ...]]:
    files = sorted(lake.rglob(f"dataset={dataset}/**/data.parquet"))
    with duckdb.connect() as connection:
        return [row for file in files for row in connection.execute(f"from read_parquet('{file}')").fetchall()]


def stretches(lake: Path) -> list[tuple[int, int]]:
    """The time observed, with stretches that touch made one."""
    merged: list[tuple[int, int]] = []
    for first, last in sorted(
        (int(row["observed_from"]), int(row["observed_to"])) for row in collected(lake, "forceOrderCoverage")
    ):
        if merged and first <= merged[-1][1]:
            merged[-1] = (merged[-1][0], max(last, merged[-1][1]))
        else:
            merged.append((first, last))
    return merged


def seconds(first: int, last: int) -> list[str]:
    return [mark(START + second * 1000 + 5) for second in range(first, last)]


def test_what_is_heard_is_in_the_lake_while_it_still_listens(start: Start, tmp_path: Path) -> None:
    with streaming([*seconds(0, 70), order(START + 65_000), *seconds(70, 100)]) as server:
        recorder = start(tmp_path, server.url)
        wait_for(lambda: in_lake(tmp_path, "forceOrderCoverage"))
        wait_for(lambda: in_lake(tmp_path, "forceOrder"))
        assert server.paths == ["/stream?streams=btcusdt@forceOrder/btcusdt@markPrice@1s"]
        output = recorder.stop()
    assert output.split() == ["1", "1", "97.0"]
    assert [row[0] for row in in_lake(tmp_path, "liveMarkPriceKlines")] == [
        datetime.fromtimestamp(START / 1000, UTC).replace(tzinfo=None)
    ]


def test_lost_connections_are_made_again_and_leave_a_gap(start: Start, tmp_path: Path) -> None:
    scripts: list[Script] = [
        [*seconds(0, 10), order(START + 5_000), cut],
        [*seconds(15, 25), lambda connection: connection.close()],
        [cut],
        [*seconds(30, 40), order(START + 35_000)],
    ]
    with streaming(*scripts) as server:
        recorder = start(tmp_path, server.url)
        wait_for(lambda: len(collected(tmp_path, "forceOrder")) == 2)
        wait_for(lambda: len(stretches(tmp_path)) == 3)
        recorder.stop()
    assert stretches(tmp_path) == [(START + s * 1000 + 5, START + (s + 7) * 1000 + 5) for s in (0, 15, 30)]
    assert len(in_lake(tmp_path, "forceOrder")) == 2


def test_a_connection_that_dies_without_a_word_is_made_again(start: Start, tmp_path: Path) -> None:
    with streaming(seconds(0, 10), seconds(20, 30)) as server:
        recorder = start(tmp_path, server.url, silence=0.3)
        wait_for(lambda: len(stretches(tmp_path)) == 2)
        assert "nothing was heard any more" in recorder.stop()


@pytest.mark.parametrize("status", [HTTPStatus.TOO_MANY_REQUESTS, HTTPStatus.IM_A_TEAPOT])
def test_the_exchange_says_how_long_to_wait(start: Start, tmp_path: Path, status: HTTPStatus) -> None:
    with streaming(seconds(0, 10)) as server:
        server.refusals += [(status, {"Retry-After": "1"}), (HTTPStatus.BAD_GATEWAY, {})]
        recorder = start(tmp_path, server.url)
        wait_for(lambda: len(server.paths) == 1)
        refused = time.monotonic()
        wait_for(lambda: len(server.paths) > 1)
        assert time.monotonic() - refused >= 0.9
        wait_for(lambda: stretches(tmp_path))
        recorder.stop()


@pytest.mark.parametrize(
    ("status", "headers"), [(HTTPStatus.NOT_FOUND, {}), (HTTPStatus.FOUND, {"Location": "ws://127.0.0.1:9/elsewhere"})]
)
def test_a_refusal_or_a_redirect_ends_it(
    start: Start, tmp_path: Path, status: HTTPStatus, headers: dict[str, str]
) -> None:
    with streaming() as server:
        server.refusals += [(status, headers)]
        recorder = start(tmp_path, server.url)
        output, _ = recorder.process.communicate(timeout=30)
        assert f"answers {status.value}" in output
        assert len(server.paths) == 1


def test_babble_is_passed_over_and_what_may_have_been_in_it_is_not_called_observed(
    start: Start, tmp_path: Path
) -> None:
    script = [*seconds(0, 20), "{", order(START + 19_000).replace("SELL", "?"), b"\xff\x00", *seconds(20, 40)]
    with streaming([*script, order(START + 35_000), order(START + 35_000)]) as server:
        recorder = start(tmp_path, server.url)
        wait_for(lambda: collected(tmp_path, "forceOrder"))
        output = recorder.stop()
    assert output.count("could not be read") == 3
    assert stretches(tmp_path) == [(START + 5, START + 17_005), (START + 20_005, START + 37_005)]
    assert len(collected(tmp_path, "forceOrder")) == 1


def test_another_writer_delays_the_lake_and_loses_nothing(start: Start, tmp_path: Path) -> None:
    with streaming([*seconds(0, 10), order(START)]) as server:
        with FileLock(tmp_path / ".lock"):
            recorder = start(tmp_path, server.url)
            wait_for(lambda: collected(tmp_path, "forceOrder"))
            assert not in_lake(tmp_path, "forceOrder")
        wait_for(lambda: in_lake(tmp_path, "forceOrder"))
        assert "another liqheat is writing" in recorder.stop()


@pytest.mark.parametrize("with_signal", [signal.SIGINT, signal.SIGTERM])
def test_command_saves_what_it_has_when_it_is_stopped(tmp_path: Path, with_signal: int) -> None:
    def sent(_: ServerConnection) -> None:
        done.append(True)

    done: list[bool] = []
    with streaming([*seconds(0, 10), order(START), sent]) as server:
        command = [Path(sys.executable).parent / "liqheat", "record", "btcusdt"]
        environment = os.environ | {"LIQHEAT_LAKE": str(tmp_path), "BINANCE_STREAM_URL": f"{server.url}/below"}
        process = subprocess.Popen(command, env=environment, text=True, stdout=subprocess.PIPE)
        wait_for(lambda: done)
        time.sleep(0.2)  # the last message may still be on its way
        process.send_signal(with_signal)
        output, _ = process.communicate(timeout=30)
        assert process.returncode == 0
        assert output == "recorded 1 forced orders and 0 minutes of mark price, 0.0 hours observed\n"
        assert server.paths == ["/below/stream?streams=btcusdt@forceOrder/btcusdt@markPrice@1s"]
    assert len(in_lake(tmp_path, "forceOrder")) == 1


class Market:
    """Runs on whether anybody listens or not: seconds pass quickly, and orders are liquidated all the time."""

    def __init__(self, seed: int) -> None:
        self.random = random.Random(seed)
        self.second = 0
        self.orders: list[int] = []

    def price(self, second: int) -> float:
        return 100 + second * 7919 % 101

    def connections(self) -> Iterator[Script]:
        while True:
            for _ in range(25):  # nobody listens
                self.tick()
            yield self.messages()

    def tick(self) -> list[str]:
        self.second += 1
        at = START + self.second * 1000
        messages = [mark(at, self.price(self.second))]
        if self.random.random() < 0.3:
            self.orders.append(at - self.random.randrange(1000))
            messages.append(order(self.orders[-1]))
        return messages

    def messages(self) -> Iterator[str]:
        while True:
            time.sleep(0.001)
            yield from self.tick()


def test_killed_at_random_points_it_loses_only_what_it_does_not_claim(start: Start, tmp_path: Path) -> None:
    market = Market(seed=3)
    with streaming(*[script for script, _ in zip(market.connections(), range(8), strict=False)]) as server:
        for _ in range(6):
            before = len(collected(tmp_path, "forceOrderCoverage"))
            recorder = start(tmp_path, server.url)
            wait_for(lambda before=before: len(collected(tmp_path, "forceOrderCoverage")) > before)
            time.sleep(market.random.uniform(0, 0.5))
            recorder.stop(signal.SIGKILL)
        recorder = start(tmp_path, server.url)
        wait_for(lambda: len(stretches(tmp_path)) == 7)
        recorder.stop()

    found = [int(row["time"]) for row in collected(tmp_path, "forceOrder")]
    assert set(found) <= set(market.orders)
    observed = stretches(tmp_path)
    due = {at for at in market.orders if any(first <= at < last for first, last in observed)}
    assert len(due) > 50
    assert due <= set(found)
    assert len(market.orders) > len(found), "nothing was ever missed: the test has lost its point"

    bars = collected(tmp_path, "liveMarkPriceKlines")
    assert bars
    for bar in bars:
        first = (int(bar["open_time"]) - START) // 1000
        prices = [market.price(second) for second in range(first, first + 60)]
        assert [float(bar[name]) for name in ("open", "high", "low", "close")] == [
            *(prices[0], max(prices), min(prices), prices[-1])
        ]

    # the last run, which ended in peace, has taken in what those before it could not
    for dataset in ("forceOrder", "forceOrderCoverage", "liveMarkPriceKlines"):
        assert len(in_lake(tmp_path, dataset)) == len(collected(tmp_path, dataset))
