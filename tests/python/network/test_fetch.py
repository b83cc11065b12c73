"""After any faults of the network, the lake is the same as without them."""

from __future__ import annotations

import random
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest
from archive_builder import METRICS_HEADER, klines, metrics, table, visible, write_checksum, write_zip
from fault_server import (
    Fault,
    FaultServer,
    corrupted,
    no_ranges,
    redirect,
    reset,
    serving,
    slow,
    status,
    truncated,
    wrong_length,
)
from filelock import FileLock
from small_archive import (
    DEFAULT,
    KLINES,
    METRICS,
    SYMBOL,
    contents,
    days,
    write_day,
    write_funding,
    write_month_of_bars,
)

from liquidation_heatmap.errors import LiqheatError
from liquidation_heatmap.lake.ingest import ingest
from liquidation_heatmap.network import fetch as module
from liquidation_heatmap.network.archive import Series
from liquidation_heatmap.network.client import Client
from liquidation_heatmap.network.fetch import FetchReport, fetch, plan
from liquidation_heatmap.network.holdings import read_holdings

TODAY = date(2026, 3, 10)
FIRST, LAST = date(2026, 2, 26), date(2026, 3, 4)
PERIOD = days("2026-02-26", 7)


@pytest.fixture
def served(tmp_path: Path) -> Path:
    """An archive of a week."""
    for day in PERIOD:
        write_day(tmp_path / "served", day, rows=200)
    write_funding(tmp_path / "served", "2026-02")
    return tmp_path / "served"


@pytest.fixture
def server(served: Path) -> Iterator[FaultServer]:
    with serving(served) as running:
        yield running


@pytest.fixture
def undisturbed(served: Path, tmp_path: Path) -> dict[str, str]:
    ingest([served], tmp_path / "undisturbed", progress=False)
    return contents(tmp_path / "undisturbed")


def asking(server: FaultServer) -> Client:
    return Client(server.url, backoff_seconds=0.001, timeout_seconds=0.3)


def run(
    server: FaultServer,
    lake: Path,
    wanted: tuple[Series, ...] = DEFAULT,
    first: date = FIRST,
    last: date = LAST,
    today: date = TODAY,
) -> FetchReport:
    holdings = read_holdings(lake)
    return fetch(plan(wanted, first, last, today, holdings), lake, asking(server), today, holdings)


def test_all_of_it_arrives_and_nothing_is_asked_for_twice(
    server: FaultServer, tmp_path: Path, undisturbed: dict[str, str]
) -> None:
    report = run(server, tmp_path / "lake")
    assert contents(tmp_path / "lake") == undisturbed
    assert report.loaded == 3 * len(PERIOD) + 1
    assert [file.path.name for file in report.to_come] == ["BTCUSDT-fundingRate-2026-03.zip"]
    assert not (tmp_path / "lake" / module.DOWNLOADS).exists()
    server.seen.clear()
    assert run(server, tmp_path / "lake").loaded == 0
    assert [seen.path.rsplit("/", 1)[1] for seen in server.seen] == ["BTCUSDT-fundingRate-2026-03.zip.CHECKSUM"]


@pytest.mark.parametrize("where", ["BTCUSDT-metrics-2026-03-01.zip", "BTCUSDT-metrics-2026-03-01.zip.CHECKSUM"])
@pytest.mark.parametrize(
    "fault",
    [
        status(408),
        status(416),
        status(418),
        status(429, retry_after=0),
        status(500),
        status(503),
        slow(0.6),
        reset(0.0),
        reset(0.5),
        wrong_length(),
        truncated(),
        Fault(change=lambda _: b"<html>log in to the hotel's network</html>"),
    ],
)
def test_fault_that_passes_leaves_no_trace(
    server: FaultServer, tmp_path: Path, undisturbed: dict[str, str], fault: Fault, where: str
) -> None:
    server.fail(where, fault, fault)
    report = run(server, tmp_path / "lake")
    assert report.failed == []
    assert contents(tmp_path / "lake") == undisturbed
    assert len(server.asked(where)) >= 3


def test_corrupted_content_is_noticed_by_its_checksum_and_brought_again(
    server: FaultServer, tmp_path: Path, undisturbed: dict[str, str]
) -> None:
    server.fail("5m-2026-03-01.zip", Fault(), corrupted(), Fault(), corrupted())
    assert run(server, tmp_path / "lake").failed == []
    assert contents(tmp_path / "lake") == undisturbed


def test_lasting_corruption_is_a_failure_of_that_file_alone(server: FaultServer, tmp_path: Path) -> None:
    server.fail("metrics-2026-03-01.zip", *[Fault(), corrupted()] * 3)
    report = run(server, tmp_path / "lake")
    assert [failure.reason.split(": ", 1)[1] for failure in report.failed] == [
        "the content does not match its .CHECKSUM (3 tries)"
    ]
    assert report.loaded == 3 * len(PERIOD)


def large_day(root: Path, day: str = "2026-03-01", seed: int = 1) -> Path:
    """A megabyte of bars that do not compress."""
    noise = random.Random(seed)
    lines = [line.replace(",5,", f",{noise.random()},", 1) for line in klines(day, 1440)]
    return write_zip(root, "klines", day, lines, interval="1m", checksum=True)


ONE_MINUTE = Series(SYMBOL, "klines", "1m")
MARCH = date(2026, 3, 1)


def test_broken_transfer_is_continued_where_it_broke(server: FaultServer, served: Path, tmp_path: Path) -> None:
    file = large_day(served)
    server.fail("1m-2026-03-01.zip", Fault(), reset(0.5))
    report = run(server, tmp_path / "lake", (ONE_MINUTE,), MARCH, MARCH)
    assert report.loaded == 1
    first, second = (seen for seen in server.asked("1m-2026-03-01.zip") if seen.path.endswith(".zip"))
    assert "Range" not in first.headers
    begun = int(second.headers["Range"].removeprefix("bytes=").removesuffix("-"))
    assert 0 < begun <= file.stat().st_size // 2


def test_server_without_ranges_sends_it_whole(server: FaultServer, served: Path, tmp_path: Path) -> None:
    large_day(served)
    server.fail("1m-2026-03-01.zip", Fault(), reset(0.5), Fault(), no_ranges())
    assert run(server, tmp_path / "lake", (ONE_MINUTE,), MARCH, MARCH).loaded == 1


@pytest.mark.parametrize("is_checksum_late", [False, True])
def test_file_replaced_in_the_archive_between_two_ranges(
    server: FaultServer, served: Path, tmp_path: Path, is_checksum_late: bool
) -> None:
    file = large_day(served)
    old_checksum = file.with_name(f"{file.name}.CHECKSUM").read_text()
    server.fail("1m-2026-03-01.zip", Fault(), reset(0.5))
    assert fetch_with_tries(server, tmp_path / "lake", tries=1).failed
    assert list((tmp_path / "lake" / module.DOWNLOADS).rglob("*.part"))
    large_day(served, seed=2)
    if is_checksum_late:
        # The file is new and its checksum still the old one, so the first answer is a range of another file.
        new_checksum = file.with_name(f"{file.name}.CHECKSUM").read_text()
        file.with_name(f"{file.name}.CHECKSUM").write_text(old_checksum)
        assert fetch_with_tries(server, tmp_path / "lake", tries=1).failed
        file.with_name(f"{file.name}.CHECKSUM").write_text(new_checksum)
    assert run(server, tmp_path / "lake", (ONE_MINUTE,), MARCH, MARCH).loaded == 1
    ingest([file], tmp_path / "other", progress=False)
    assert contents(tmp_path / "lake") == contents(tmp_path / "other")


def fetch_with_tries(server: FaultServer, lake: Path, tries: int) -> FetchReport:
    holdings = read_holdings(lake)
    client = Client(server.url, tries=tries, timeout_seconds=0.3)
    return fetch(plan((ONE_MINUTE,), MARCH, MARCH, TODAY, holdings), lake, client, TODAY, holdings)


def test_failed_file_is_one_line_and_comes_with_the_next_fetch(
    server: FaultServer, tmp_path: Path, undisturbed: dict[str, str]
) -> None:
    server.fail("metrics-2026-03-01.zip", *[status(500)] * 3)
    report = run(server, tmp_path / "lake")
    (failure,) = report.failed
    assert failure.reason == f"{server.url}/{failure.file.path}: 500 Internal Server Error (3 tries)"
    assert report.loaded == 3 * len(PERIOD)
    assert run(server, tmp_path / "lake").loaded == 1
    assert contents(tmp_path / "lake") == undisturbed


def test_nobody_there_is_given_up_early(served: Path, tmp_path: Path) -> None:
    for day in days("2026-01-01", 56):
        write_day(served, day)
    with serving(served) as server:
        pass
    report = run(server, tmp_path / "lake", first=date(2026, 1, 2))
    assert report.gave_up
    assert len(report.failed) < 60


def test_redirect_elsewhere_is_a_failure(server: FaultServer, served: Path, tmp_path: Path) -> None:
    with serving(served) as other:
        server.fail("metrics-2026-03-01.zip", *[redirect(other.url)] * 3)
        report = run(server, tmp_path / "lake")
        assert "is not below" in report.failed[0].reason
        assert other.seen == []


def test_no_connection_but_to_the_configured_base(
    server: FaultServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    looked_up: set[str] = set()
    look_up = socket.getaddrinfo

    def noting(host: str, port: int, *arguments: int) -> object:
        looked_up.add(f"http://{host}:{port}")
        return look_up(host, port, *arguments)

    monkeypatch.setattr(socket, "getaddrinfo", noting)
    server.fail("metrics", status(500), redirect("https://elsewhere.test/data"))
    run(server, tmp_path / "lake")
    assert looked_up == {server.url}
    assert all(seen.method == "GET" and seen.path.startswith("/data/futures/um/") for seen in server.seen)


def test_not_published_yet_is_no_failure(server: FaultServer, tmp_path: Path) -> None:
    report = run(server, tmp_path / "lake", last=date(2026, 3, 6), today=date(2026, 3, 6))
    assert {file.period_start for file in report.to_come} == {date(2026, 3, 1), date(2026, 3, 5), date(2026, 3, 6)}
    assert report.missing == []


def test_old_file_that_is_missing_is_said_but_not_before_the_first(
    server: FaultServer, served: Path, tmp_path: Path
) -> None:
    for file in served.rglob("BTCUSDT-metrics-2026-03-01.zip*"):
        file.unlink()
    report = run(server, tmp_path / "lake", (METRICS,), first=date(2026, 2, 20))
    assert [file.period_start for file in report.missing] == [date(2026, 3, 1)]
    assert len(report.too_early) == 6
    assert run(server, tmp_path / "none", (Series("NOSUCHUSDT", "metrics"),)).missing


def test_whole_month_comes_as_one_file_or_day_by_day_until_that_is_published(
    server: FaultServer, served: Path, tmp_path: Path
) -> None:
    for day in days("2026-02-01", 28):
        write_day(served, day)
    february = {"first": date(2026, 2, 1), "last": date(2026, 2, 28), "today": date(2026, 3, 2)}
    assert run(server, tmp_path / "daily", (KLINES,), **february).loaded == 28
    write_month_of_bars(served, "2026-02", 28)
    assert run(server, tmp_path / "monthly", (KLINES,), **february).loaded == 1
    assert visible(tmp_path / "daily") == visible(tmp_path / "monthly")
    # The file is published later, and changes nothing.
    server.seen.clear()
    assert run(server, tmp_path / "daily", (KLINES,), **february).loaded == 0
    assert server.seen == []
    before = stamps(tmp_path / "daily")
    ingest([next(served.rglob("BTCUSDT-5m-2026-02.zip"))], tmp_path / "daily", progress=False)
    assert stamps(tmp_path / "daily") == before


def stamps(lake: Path) -> dict[Path, tuple[int, int]]:
    return {path: (path.stat().st_ino, path.stat().st_mtime_ns) for path in lake.rglob("data.parquet")}


def test_bad_content_is_not_brought_again_until_the_archive_corrects_it(
    server: FaultServer, served: Path, tmp_path: Path
) -> None:
    path = next(served.rglob("BTCUSDT-metrics-2026-03-01.zip"))
    good = path.read_bytes()
    write_zip(served, "metrics", "2026-03-01", [METRICS_HEADER, "2026-03-01 00:05:00,BTCUSDT,-1,1,,,,"], checksum=True)
    report = run(server, tmp_path / "lake")
    assert [bad.path.name for bad in report.quarantined] == [path.name]
    server.seen.clear()
    again = run(server, tmp_path / "lake", (METRICS,))
    assert [file.path.name for file in again.known_bad] == [path.name]
    assert [seen.path.rsplit("/", 1)[1] for seen in server.seen] == [f"{path.name}.CHECKSUM"]
    path.write_bytes(good)
    write_checksum(path)
    assert run(server, tmp_path / "lake", (METRICS,)).loaded == 1


def test_lost_partition_is_brought_again(server: FaultServer, tmp_path: Path, undisturbed: dict[str, str]) -> None:
    run(server, tmp_path / "lake")
    shutil.rmtree(next((tmp_path / "lake").glob("market=um/dataset=metrics/*/date=2026-03-01")))
    assert run(server, tmp_path / "lake").loaded == 1
    assert contents(tmp_path / "lake") == undisturbed


def test_two_fetches_at_once_are_refused(server: FaultServer, tmp_path: Path) -> None:
    (tmp_path / "lake").mkdir()
    with FileLock(tmp_path / "lake" / ".downloads.lock"), pytest.raises(LiqheatError, match="another liqheat"):
        run(server, tmp_path / "lake")


def test_days_that_are_none(server: FaultServer, tmp_path: Path) -> None:
    with pytest.raises(LiqheatError, match="no day from"):
        run(server, tmp_path / "lake", first=LAST, last=FIRST)
    with pytest.raises(LiqheatError, match="in the future"):
        run(server, tmp_path / "lake", first=date(2026, 3, 11), last=date(2026, 3, 12))


_CHILD = (
    "import pathlib, sys\n"
    "from datetime import date\n"
    "from liquidation_heatmap.lake import run\n"
    "from liquidation_heatmap.network import fetch\n"
    "from liquidation_heatmap.network.archive import Series\n"
    "from liquidation_heatmap.network.client import Client\n"
    "from liquidation_heatmap.network.holdings import read_holdings\n"
    # The manifest is written after every file and batches are small, because kills around these moments matter most.
    "run._MANIFEST_SECONDS, run._MANIFEST_SHARE, fetch._BATCH_FILES = 0, 1e9, 3\n"
    "lake, today = pathlib.Path(sys.argv[2]), date(2026, 3, 10)\n"
    "names = [('klines', '5m'), ('klines', '1m'), ('markPriceKlines', '5m'), ('metrics', ''), ('fundingRate', '')]\n"
    "wanted = [Series('BTCUSDT', *name) for name in names]\n"
    "holdings = read_holdings(lake)\n"
    "files = fetch.plan(wanted, date(2026, 2, 26), date(2026, 3, 4), today, holdings)\n"
    "print('begun', flush=True)\n"
    "fetch.fetch(files, lake, Client(sys.argv[1]), today, holdings)\n"
)


def test_kill_at_random_moments(server: FaultServer, served: Path, tmp_path: Path) -> None:
    for day in PERIOD:
        large_day(served, day)
    ingest([served], tmp_path / "undisturbed", progress=False)
    lake, moments = tmp_path / "lake", random.Random(5)
    interrupted = 0
    for _ in range(12):
        # Every few files one is slow, so that a kill meets a download.
        server.fail("1m-", *[slow(0.05)] * 4)
        child = subprocess.Popen([sys.executable, "-c", _CHILD, server.url, str(lake)], stdout=subprocess.PIPE)
        assert child.stdout
        child.stdout.readline()
        time.sleep(moments.uniform(0.0, 0.35))
        child.send_signal(signal.SIGKILL)
        interrupted += child.wait() == -signal.SIGKILL
        child.stdout.close()
    assert interrupted >= 5, "the child finished before the kill: the test tests nothing"
    run(server, lake, (*DEFAULT, ONE_MINUTE))
    assert contents(lake) == contents(tmp_path / "undisturbed")
    assert not (lake / module.DOWNLOADS).exists()
    assert len(table(lake, "partitions")) == len(list(lake.rglob("data.parquet")))


def test_ctrl_c_does_not_wait_for_what_is_under_way(server: FaultServer, tmp_path: Path) -> None:
    server.fail("", *[status(503, retry_after=200)] * 50)
    child = subprocess.Popen(
        [sys.executable, "-c", _CHILD, server.url, str(tmp_path / "lake")],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    while not server.seen:
        time.sleep(0.01)
    child.send_signal(signal.SIGINT)
    child.communicate(timeout=5)
    assert child.returncode


def test_metrics_of_the_neighbouring_day_share_a_label(server: FaultServer, served: Path, tmp_path: Path) -> None:
    """The row of midnight is in both files: fetching them one after the other gives the same as one ingest."""
    for day, labels in (("2026-03-01", ["23:55:00"]), ("2026-03-02", ["00:00:00", "00:05:00"])):
        write_zip(served, "metrics", day, [METRICS_HEADER, *metrics(day, labels)], checksum=True)
    run(server, tmp_path / "lake", (METRICS,), MARCH, MARCH)
    run(server, tmp_path / "lake")
    ingest([served], tmp_path / "undisturbed", progress=False)
    assert contents(tmp_path / "lake") == contents(tmp_path / "undisturbed")
