"""The commands as a user or cron calls them."""

from __future__ import annotations

import json
import os
import pty
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from archive_builder import METRICS_HEADER, agg_trades, write_zip
from fault_server import FaultServer, corrupted, serving, slow, status
from small_archive import SYMBOL, days, write_day
from test_web_brackets import answer as brackets_answer
from test_web_brackets import table as brackets_table

from conftest import SHARED_ARCHIVE, Workspace
from liquidation_heatmap.network.brackets import PATH as BRACKETS
from liquidation_heatmap.network.client import Client
from liquidation_heatmap.simulate import SIMULATED_SYMBOL, write_sample
from liquidation_heatmap.upkeep.refresh import refresh

pytestmark = pytest.mark.slow

YESTERDAY = datetime.now(UTC).date() - timedelta(days=1)


@dataclass(frozen=True)
class Connected(Workspace):
    """A workspace whose every base address is one server on loopback."""

    url: str = ""

    @property
    def environment(self) -> dict[str, str]:
        return super().environment | {
            "BINANCE_ARCHIVE_URL": self.url,
            "BINANCE_REST_URL": self.url,
            "BINANCE_WEB_URL": self.url,
            "BINANCE_STREAM_URL": self.url.replace("http", "ws"),
            "LIQHEAT_LOGS": str(self.folder / "liqheat-logs"),
            "LOG_FORMAT": "json",
        }

    def log(self, command: str) -> list[dict[str, object]]:
        return [json.loads(line) for line in (self.folder / "liqheat-logs" / f"{command}.log").read_text().splitlines()]


@pytest.fixture
def server(tmp_path: Path) -> Iterator[FaultServer]:
    (tmp_path / "served").mkdir()
    with serving(tmp_path / "served") as running:
        yield running


@pytest.fixture
def connected(server: FaultServer, tmp_path: Path) -> Connected:
    return Connected(tmp_path, server.url)


def write_days(server: FaultServer, count: int) -> None:
    assert server.folder
    for day in days(f"{YESTERDAY - timedelta(days=count - 1)}", count):
        write_day(server.folder, day)


def test_fetch_with_its_defaults(connected: Connected, server: FaultServer) -> None:
    write_days(server, 3)
    output = connected.run("liqheat", "fetch", SYMBOL.lower(), "--days", "3")
    assert "9 files loaded" in output
    assert "\x1b" not in output, "a progress bar where nobody looks"
    again = connected.run("liqheat", "fetch", SYMBOL, "--days", "3", "--datasets", "klines/5m,metrics")
    assert "nothing to fetch" in again


def test_fetch_brings_brackets_of_a_symbol_nobody_has_and_their_vanishing_is_a_line(
    connected: Connected, server: FaultServer
) -> None:
    write_days(server, 1)
    server.route(BRACKETS, brackets_answer(brackets_table("DOGEUSDT")))
    assert "margin brackets of 1 symbols are new" in connected.run("liqheat", "fetch", SYMBOL, "--days", "1")
    assert (connected.lake / "reference" / "margin_brackets.parquet").exists()
    for kept in (connected.lake / ".cache").iterdir():
        kept.unlink()
    del server.routes[BRACKETS]
    output = connected.run("liqheat", "fetch", SYMBOL, "--days", "1")
    (line,) = [line for line in output.splitlines() if line.startswith("no margin brackets of today")]
    assert "does not exist" in line


def test_fetch_of_a_symbol_in_chinese(connected: Connected, server: FaultServer) -> None:
    assert server.folder
    write_day(server.folder, f"{YESTERDAY}", symbol="币安人生USDT")
    assert "3 files loaded" in connected.run("liqheat", "fetch", "币安人生USDT", "--days", "1")


def test_failed_file_is_one_line_and_the_status_says_so(connected: Connected, server: FaultServer) -> None:
    write_days(server, 3)
    server.fail(f"metrics-{YESTERDAY}.zip", *[status(500)] * 3)
    output = connected.run("liqheat", "fetch", SYMBOL, "--days", "3", status=1)
    (line,) = [line for line in output.splitlines() if line.startswith("failed: ")]
    assert f"metrics-{YESTERDAY}.zip: 500 Internal Server Error (3 tries)" in line
    assert "8 files loaded" in output
    assert "1 files loaded" in connected.run("liqheat", "fetch", SYMBOL, "--days", "3")
    assert [event["level"] for event in connected.log("fetch")] == ["WARNING", "WARNING", "ERROR"]


def test_quarantined_file_has_a_status_of_its_own(connected: Connected, server: FaultServer) -> None:
    write_days(server, 2)
    assert server.folder
    bad = [METRICS_HEADER, f"{YESTERDAY} 00:05:00,{SYMBOL},-1,1,,,,"]
    write_zip(server.folder, "metrics", f"{YESTERDAY}", bad, checksum=True)
    output = connected.run("liqheat", "fetch", SYMBOL, "--days", "2", status=2)
    assert f"quarantined {SYMBOL}-metrics-{YESTERDAY}.zip, line 2" in output
    again = connected.run("liqheat", "fetch", SYMBOL, "--days", "2", status=2)
    assert "quarantined before, unchanged in the archive" in again


def test_trades_come_on_request_and_their_size_first(connected: Connected, server: FaultServer) -> None:
    write_days(server, 1)
    assert server.folder
    day = f"{YESTERDAY}"
    trades = write_zip(server.folder, "aggTrades", day, agg_trades(day, 50_000), checksum=True)
    assert "aggTrades" not in connected.run("liqheat", "fetch", SYMBOL, "--days", "1")
    assert not server.asked("aggTrades")
    output = connected.run("liqheat", "fetch", SYMBOL, "--days", "1", "--trades")
    size = f"{trades.stat().st_size / 1e6:,.1f} MB"
    assert output.splitlines()[0].endswith(f"files to download, {size}")
    assert "1 files loaded (50,000 rows" in output
    assert {seen.method for seen in server.seen} == {"GET"}


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (("BTC/USDT",), "not a symbol"),
        ((SYMBOL, "--datasets", "candles"), "choose from aggTrades"),
        ((SYMBOL, "--from", "2026-01-02", "--to", "2026-01-01"), "no day from"),
        ((SYMBOL, "--from", "2999-01-02", "--to", "2999-01-03"), "in the future"),
    ],
)
def test_what_cannot_be_fetched(connected: Connected, arguments: tuple[str, ...], says: str) -> None:
    output = connected.run("liqheat", "fetch", *arguments, status=1)
    assert says in output
    assert "What to do:" in output


def test_unknown_symbol_is_named_in_a_line_per_dataset(connected: Connected) -> None:
    output = connected.run("liqheat", "fetch", "NOSUCHUSDT", "--days", "9", status=1)
    assert output.count("not in the archive: NOSUCHUSDT") == 3
    assert "check the symbol" in output


@pytest.mark.parametrize(
    ("name", "value"), [("LOG_LEVEL", "loud"), ("LOG_FORMAT", "xml"), ("BINANCE_ARCHIVE_URL", "x")]
)
def test_settings_that_make_no_sense(
    connected: Connected, monkeypatch: pytest.MonkeyPatch, name: str, value: str
) -> None:
    monkeypatch.setattr(Connected, "environment", connected.environment | {name: value})
    assert "What to do:" in connected.run("liqheat", "fetch", SYMBOL, status=1)


def test_progress_has_rate_and_time_left_on_a_terminal(connected: Connected, server: FaultServer) -> None:
    write_days(server, 5)
    server.fail("metrics", *[slow(0.05)] * 20)
    ours, theirs = pty.openpty()
    process = os.fork()
    if process == 0:
        os.dup2(theirs, 2)
        os.close(1)
        os.execve(
            str(Path(os.sys.executable).parent / "liqheat"),
            ["liqheat", "fetch", SYMBOL, "--days", "5"],
            connected.environment,
        )
    os.close(theirs)
    shown = b""
    try:
        while part := os.read(ours, 65536):
            shown += part
    except OSError:
        pass  # The reader has closed its end of the pipe.
    os.waitpid(process, 0)
    assert b"MB/s" in shown
    assert b"files" in shown
    assert b"0:00:0" in shown


def serve_simulated(server: FaultServer, folder: Path, first: date, count: int) -> None:
    """A simulated market without its positions, so that it passes for a real one."""
    write_sample(folder, days=count, trades_per_day=5_000, start=first)
    assert server.folder
    for file in sorted(folder.rglob("*.csv")):
        _, dataset, symbol, *intervals = file.relative_to(folder / "data/futures/um").parts[:-1]
        if dataset in ("klines", "markPriceKlines", "metrics", "fundingRate"):
            period = file.stem.split("-", 2)[2]
            lines = file.read_text().splitlines()
            interval = "".join(intervals)
            write_zip(server.folder, dataset, period, lines, symbol=symbol, interval=interval, checksum=True)


def test_refresh_fetches_builds_and_publishes(connected: Connected, server: FaultServer) -> None:
    first = date(2026, 1, 1)
    serve_simulated(server, connected.folder / "market", first, 3)
    datasets = ["--datasets", "klines/1m,markPriceKlines/1m,metrics"]
    connected.run("liqheat", "fetch", SIMULATED_SYMBOL, "--from", f"{first}", "--to", f"{first}", *datasets)
    server.fail("metrics", status(503), corrupted())
    done = refresh(connected.lake, Client(server.url), first + timedelta(days=3), lambda: True)
    assert done.fetched.loaded == 6

    # By today's clock the series has ended long ago, so nothing is fetched; it is built and published all the same.
    (summary,) = [line for line in connected.run("liqheat", "refresh").splitlines() if line.startswith("refreshed in")]
    assert "0 files loaded (0 rows), 0 failed" in summary
    assert summary.endswith(f"built and published {connected.published}")
    assert connected.query("select max(last_bar_at)::date from symbols") == [(first + timedelta(days=2),)]
    assert connected.log("refresh")[-1]["files_loaded"] == 0
    assert "partitions as recorded" in connected.run("liqheat", "doctor", status=1)
    next(connected.lake.glob("market=um/dataset=metrics/**/data.parquet")).write_bytes(b"damaged")
    assert "--repair" in connected.run("liqheat", "doctor", status=2)
    assert "1 partitions repaired" in connected.run("liqheat", "doctor", "--repair", status=1)

    connected.database.write_bytes(b"not a database")
    failed = connected.run("liqheat", "refresh", status=1)
    assert "the build failed" in failed
    assert connected.log("refresh")[-1]["message"] == "dbt build failed"


def test_refresh_of_nothing(connected: Connected) -> None:
    assert "liqheat fetch BTCUSDT" in connected.run("liqheat", "refresh", status=1)


@pytest.mark.skipif(not SHARED_ARCHIVE.exists(), reason="the real files are not on this machine")
def test_real_files_arrive_as_if_ingested(tmp_path: Path) -> None:
    with serving(SHARED_ARCHIVE) as server:
        fetched, ingested = Connected(tmp_path / "fetched", server.url), Workspace(tmp_path / "ingested")
        period = ["--from", "2025-10-06", "--to", "2025-10-20", "--datasets", "klines/5m,metrics,fundingRate"]
        assert "31 files loaded" in fetched.run("liqheat", "fetch", SYMBOL, *period)
        files = [
            str(path)
            for pattern in ("klines/BTCUSDT/5m/*", "metrics/BTCUSDT/*")
            for day in range(6, 21)
            for path in SHARED_ARCHIVE.glob(f"data/futures/um/daily/{pattern}-2025-10-{day:02}.zip")
        ]
        files += [str(next(SHARED_ARCHIVE.glob("data/futures/um/monthly/fundingRate/BTCUSDT/*2025-10.zip")))]
        ingested.run("liqheat", "ingest", *files)
    assert _rows(fetched.lake) == _rows(ingested.lake)


def _rows(lake: Path) -> dict[str, bytes]:
    return {path.relative_to(lake).as_posix(): path.read_bytes() for path in lake.rglob("data.parquet")}
