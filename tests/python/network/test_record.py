"""Recording from a real server on loopback, which breaks off, refuses and sends nonsense; recorders are killed too."""

from __future__ import annotations

import csv
import json
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
from threading import Event, Timer
from urllib.parse import unquote

import duckdb
import pytest
from click.testing import CliRunner
from filelock import FileLock
from hostile_server import Wire, hostile
from stream_server import Script, contract, cut, mark, order, streaming
from websockets.sync.server import ServerConnection

from liquidation_heatmap.cli import main
from liquidation_heatmap.errors import LiqheatError
from liquidation_heatmap.network.record import _append, record
from liquidation_heatmap.settings import load_settings

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
record._FIRST_WORD_SECONDS = float(sys.argv[3])
stop = Event()
signal.signal(signal.SIGINT, lambda *_: stop.set())
symbols = [symbol for symbol in sys.argv[4].split(",") if symbol]
whole_market = len(sys.argv) > 5
lake = Path(sys.argv[1])
report = record.record(symbols, lake, sys.argv[2], stop, whole_market=whole_market, save_seconds=0.1)
print(report.orders, report.bars, report.observed_seconds)
"""


class Recorder:
    """A recorder in a process of its own, which saves more often than usual."""

    def __init__(self, lake: Path, url: str, silence: float, symbols: str, *options: str) -> None:
        command = [sys.executable, "-c", QUICK, str(lake), url, str(silence), symbols, *options]
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
    """A function that starts recorders; all are ended with the test."""
    started: list[Recorder] = []

    def start(lake: Path, url: str, silence: float = 20.0, symbols: str = "BTCUSDT", *options: str) -> Recorder:
        started.append(Recorder(lake, url, silence, symbols, *options))
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
    # Not by rglob of the lake: it looks into folders that a writer removes meanwhile.
    files = sorted(lake.glob(f"market=*/dataset={dataset}/**/data.parquet"))
    with duckdb.connect() as connection:
        return [row for file in files for row in connection.execute(f"from read_parquet('{file}')").fetchall()]


def stretches(lake: Path) -> list[tuple[int, int]]:
    """The stretches of observed time, of which adjoining ones are one."""
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
        wait_for(lambda: stretches(tmp_path) == [(START + 5, START + 97_005)])
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
        time.sleep(0.2)  # The last message may not have arrived yet.
        process.send_signal(with_signal)
        output, _ = process.communicate(timeout=30)
        assert process.returncode == 0
        assert output == "recorded 1 forced orders and 0 minutes of mark price, 0.0 hours observed\n"
        assert server.paths == ["/below/stream?streams=btcusdt@forceOrder/btcusdt@markPrice@1s"]
    assert len(in_lake(tmp_path, "forceOrder")) == 1


def test_an_address_that_accepts_and_says_nothing_is_named_and_the_streams_are_found(
    start: Start, tmp_path: Path
) -> None:
    """So does the exchange's old address, since its market data moved to /market."""
    with streaming([*seconds(0, 10), order(START)]) as server:
        server.is_silent = lambda path: not path.startswith("/market/")
        recorder = start(tmp_path, server.url, silence=0.5)
        wait_for(lambda: collected(tmp_path, "forceOrder"))
        output = recorder.stop()
    old = f"{server.url}/stream?streams=btcusdt@forceOrder/btcusdt@markPrice@1s"
    assert f"{old} accepts the connection and says nothing; trying {server.url}/market" in output
    assert [path.split("?")[0] for path in server.paths[:2]] == ["/stream", "/market/stream"]


def test_an_address_with_a_path_that_says_nothing_is_named(start: Start, tmp_path: Path) -> None:
    with streaming() as server:
        recorder = start(tmp_path, f"{server.url}/elsewhere", silence=0.3)
        wait_for(lambda: len(server.paths) > 2)
        assert "/elsewhere/stream?streams=btcusdt@forceOrder/btcusdt@markPrice@1s accepts" in recorder.stop()


def test_the_default_address_is_where_market_data_lies(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("BINANCE_STREAM_URL", raising=False)
    assert load_settings().stream_url == "wss://fstream.binance.com/market"


@pytest.mark.parametrize("name", ["S{}USDT", "币安人生{}USDT", "S{}USDT_261225"])
def test_three_hundred_symbols_are_split_over_connections(start: Start, tmp_path: Path, name: str) -> None:
    symbols = [name.format(number) for number in range(300)]
    scripts: list[Script] = [[mark(START, symbol=symbol)] for symbol in ("BTCUSDT",) * 40]
    with streaming(*scripts) as server:
        recorder = start(tmp_path, server.url, 20.0, ",".join(symbols))
        asked = lambda: [  # noqa: E731
            stream for path in server.paths for stream in unquote(path.split("streams=")[1]).split("/")
        ]
        wait_for(lambda: len(asked()) >= 600)
        recorder.stop()
    assert max(map(len, server.paths)) <= 4_100
    assert max(path.count("/") for path in server.paths) <= 201
    # Both streams of a symbol are in one address, and no stream is asked for twice.
    assert sorted(asked()) == sorted(f"{s.lower()}@{kind}" for s in symbols for kind in ("forceOrder", "markPrice@1s"))


def test_one_lost_connection_of_several_costs_the_others_nothing(start: Start, tmp_path: Path) -> None:
    symbols = [f"S{number}USDT" for number in range(150)]
    scripts: list[Script] = [[cut], [cut], [mark(START, symbol="S149USDT")], [mark(START, symbol="S0USDT")]]
    with streaming(*scripts) as server:
        recorder = start(tmp_path, server.url, 20.0, ",".join(symbols))
        wait_for(lambda: len(server.paths) >= 4)
        recorder.stop()
    assert len(set(server.paths)) == 2


def test_the_whole_market_is_recorded(start: Start, tmp_path: Path) -> None:
    script = [
        *seconds(0, 10),
        order(START + 3_000, symbol="DOGEUSDT"),
        order(START + 4_000, symbol="币安人生USDT"),
        contract(START + 5_000),
        contract(START + 5_000, symbol="NEWUSDT", brackets=0, cs="PENDING_TRADING"),
        contract(START + 5_000, symbol="BTCUSD_PERP", st=2),
        order(START + 6_000, symbol="../../etc"),
        *seconds(10, 20),
        order(START + 14_000, symbol="DOGEUSDT"),
        *seconds(20, 30),
    ]
    with streaming(script) as server:
        recorder = start(tmp_path, server.url, 20.0, "", "whole market")
        wait_for(lambda: len(in_lake(tmp_path, "forceOrder")) == 3)
        wait_for(lambda: (tmp_path / "reference" / "margin_brackets.parquet").exists())
        output = recorder.stop()
        assert server.paths == ["/stream?streams=!forceOrder@arr/!contractInfo/btcusdt@markPrice@1s"]
    assert output.count("could not be read") == 1
    assert {path.parts[-2] for path in tmp_path.rglob("*-forceOrder-*.csv")} == {"DOGEUSDT", "币安人生USDT"}
    # The unreadable message may have been an order of any symbol, so no time is observed across it.
    for symbol in ("DOGEUSDT", "币安人生USDT"):
        claimed = [row for path in tmp_path.rglob(f"{symbol}-forceOrderCoverage-*.csv") for row in rows_of(path)]
        observed = sum(int(row["observed_to"]) - int(row["observed_from"]) for row in claimed)
        assert observed == 7_000 + 17_000
    raw = [json.loads(line) for path in (tmp_path / "raw" / "streams").iterdir() for line in path.open()]
    assert [line["event"]["e"] for line in raw] == ["forceOrder"] * 2 + ["contractInfo"] * 3 + ["forceOrder"]
    with duckdb.connect() as connection:
        brackets = connection.execute(
            "select as_of, symbol, bracket, max_leverage, maintenance_amount "
            f"from read_parquet('{tmp_path}/reference/margin_brackets.parquet') order by bracket"
        ).fetchall()
    day = datetime.fromtimestamp(START / 1000, UTC).date()
    assert brackets == [(day, "IOTAUSDT", 1, 50.0, 0.0), (day, "IOTAUSDT", 2, 20.0, 75.0)]


def rows_of(path: Path) -> list[dict[str, str]]:
    with path.open() as file:
        return list(csv.DictReader(file))


def test_brackets_a_killed_recorder_left_in_its_raw_files_are_taken_in(start: Start, tmp_path: Path) -> None:
    day = f"{datetime.fromtimestamp(START / 1000, UTC).date()}"
    (tmp_path / "raw" / "streams").mkdir(parents=True)
    event = json.loads(contract(START))["data"]
    (tmp_path / "raw" / "streams" / f"{day}.jsonl").write_text(f'{json.dumps({"time": START, "event": event})}\n{{"ti')
    with streaming(seconds(0, 3)) as server:
        recorder = start(tmp_path, server.url, 20.0, "", "whole market")
        wait_for(lambda: (tmp_path / "reference" / "margin_brackets.parquet").exists())
        recorder.stop()
    taken = len(list((tmp_path / "raw" / "brackets").iterdir()))
    with streaming(seconds(3, 6)) as server:
        recorder = start(tmp_path, server.url, 20.0, "", "whole market")
        wait_for(lambda: len(server.paths) == 1)
        recorder.stop()
    assert len(list((tmp_path / "raw" / "brackets").iterdir())) == taken == 1


def test_brackets_that_cannot_be_true_do_not_stop_the_recorder(start: Start, tmp_path: Path) -> None:
    wrong = [{"bs": 2, "bnf": 9, "bnc": 5, "mmr": 7, "cf": -1, "mi": 1, "ma": 0}]
    script = [*seconds(0, 3), contract(START, bks=wrong), order(START, symbol="DOGEUSDT"), *seconds(3, 9)]
    with streaming(script) as server:
        recorder = start(tmp_path, server.url, 20.0, "", "whole market")
        wait_for(lambda: in_lake(tmp_path, "forceOrder"))
        output = recorder.stop()
    assert "no valid margin brackets" in output
    assert not (tmp_path / "reference").exists()


def test_a_line_cut_short_by_a_kill_spoils_no_other(tmp_path: Path) -> None:
    day = f"{datetime.fromtimestamp(START / 1000, UTC).date()}"
    (tmp_path / f"{day}.jsonl").write_text('{"time": 1}\n{"time"')
    _append(tmp_path, [(START, '{"time": 2}'), (START, '{"time": 3}')])
    assert (tmp_path / f"{day}.jsonl").read_text().splitlines() == [
        *('{"time": 1}', '{"time"', '{"time": 2}', '{"time": 3}')
    ]


def test_no_symbol_at_all_is_a_question() -> None:
    result = CliRunner().invoke(main, ["record"])
    assert result.exit_code == 1
    assert "pass --all" in result.output


@pytest.mark.parametrize(
    "base",
    [
        *(
            "",
            "fstream.binance.com",
            "http://fstream.binance.com",
            "ws://",
            "ws://[::1",
            "ws://host:port",
            "ws://h:999999",
        ),
        *("ws://user:secret@host", "ws://host/#part", "ws://\udcff", "wss://a\x00b/" + "x" * 9_000),
    ],
)
def test_base_must_be_an_address_of_streams(tmp_path: Path, base: str) -> None:
    with pytest.raises(LiqheatError) as raised:
        record(["BTCUSDT"], tmp_path, base, ended_after(1.0))
    assert len(raised.value.problem) < 1_000


def ended_after(seconds: float) -> Event:
    stop = Event()
    Timer(seconds, stop.set).start()
    return stop


def _slow_handshake(wire: Wire) -> None:
    wire.endlessly(b"H", 1.0)


def _endless_handshake(wire: Wire) -> None:
    wire.send(b"HTTP/1.1 101 Switching Protocols\r\n")
    wire.endlessly(b"X: y\r\n")


def _endless_refusal(wire: Wire) -> None:
    wire.send(b"HTTP/1.1 400 Bad\r\n\r\n")
    wire.endlessly(b"x" * 64_000)


def _says_nothing(_: Wire) -> None:
    time.sleep(60)


def _garbage(wire: Wire) -> None:
    wire.send(b"\x00" * 1_000)


HANDSHAKES = {
    "slow": _slow_handshake,
    "endless": _endless_handshake,
    "endless refusal": _endless_refusal,
    "none": _says_nothing,
    "garbage": _garbage,
}


@pytest.mark.parametrize("script", HANDSHAKES.values(), ids=HANDSHAKES)
def test_a_hostile_handshake_is_no_traceback_and_not_deaf(
    start: Start, tmp_path: Path, script: Callable[[Wire], None]
) -> None:
    with hostile(script) as server:
        recorder = start(tmp_path, server.url.replace("http", "ws"))
        wait_for(lambda: server.paths)
        time.sleep(0.5)
        stopped = time.monotonic()
        recorder.process.send_signal(signal.SIGINT)
        output, _ = recorder.process.communicate(timeout=30)
        assert time.monotonic() - stopped < 2.0
        assert "Traceback" not in output or "LiqheatError" in output


def flood(connection: ServerConnection) -> None:
    while True:
        connection.send(order(START))


def huge(connection: ServerConnection) -> None:
    connection.send("x" * 10_000_000)


@pytest.mark.parametrize("step", [flood, huge])
def test_a_hostile_stream_fills_no_memory_and_is_not_deaf(
    start: Start, tmp_path: Path, step: Callable[[ServerConnection], None]
) -> None:
    with streaming([mark(START), step], [mark(START), step], [mark(START), step]) as server:
        recorder = start(tmp_path, server.url)
        wait_for(lambda: server.paths)
        time.sleep(3)
        used = int((Path("/proc") / str(recorder.process.pid) / "statm").read_text().split()[1]) * 4096
        assert used < 700_000_000
        stopped = time.monotonic()
        recorder.stop()
        assert time.monotonic() - stopped < 5.0


class Market:
    """A market that goes on whether a recorder listens or not; its seconds are short, and orders come all the time."""

    def __init__(self, seed: int) -> None:
        self.random = random.Random(seed)
        self.second = 0
        self.orders: list[int] = []

    def price(self, second: int) -> float:
        return 100 + second * 7919 % 101

    def connections(self) -> Iterator[Script]:
        while True:
            for _ in range(25):  # No recorder is listening.
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

    # The last run was not killed, and has loaded what the killed ones had saved.
    for dataset in ("forceOrder", "forceOrderCoverage", "liveMarkPriceKlines"):
        assert len(in_lake(tmp_path, dataset)) == len(collected(tmp_path, dataset))
