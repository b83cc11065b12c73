"""A refresh loads what is new, whatever happened before, and two never run at once."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest
from fault_server import FaultServer, serving, status
from filelock import FileLock
from small_archive import DEFAULT, SYMBOL, asking, begin, contents, days, write_day, write_funding

from liquidation_heatmap.errors import LiqheatError
from liquidation_heatmap.lake.collected import collect, ingest_collected
from liquidation_heatmap.lake.displaced import Displaced
from liquidation_heatmap.lake.ingest import ingest
from liquidation_heatmap.logs import start_logging
from liquidation_heatmap.network.holdings import read_holdings
from liquidation_heatmap.settings import load_settings
from liquidation_heatmap.upkeep.refresh import Refreshed, news, refresh


@pytest.fixture
def served(tmp_path: Path) -> Path:
    for day in days("2026-02-01", 28):
        write_day(tmp_path / "served", day)
    write_funding(tmp_path / "served", "2026-02")
    return tmp_path / "served"


@pytest.fixture
def server(served: Path) -> Iterator[FaultServer]:
    with serving(served) as running:
        yield running


def once(server: FaultServer, lake: Path, today: date) -> Refreshed:
    return refresh(lake, asking(server), today, lambda: True)


def test_refresh_brings_every_series_up_to_yesterday(server: FaultServer, served: Path, tmp_path: Path) -> None:
    # Funding of February is not published on the fourth, so the lake has no funding at all.
    server.is_hidden = lambda path: "fundingRate" in path
    begin(server, tmp_path / "lake", date(2026, 2, 1), date(2026, 2, 3), date(2026, 2, 4))
    server.is_hidden = lambda _: False
    done = once(server, tmp_path / "lake", date(2026, 3, 1))
    assert done.fetched.loaded == 3 * 25 + 1
    ingest([served], tmp_path / "undisturbed", progress=False)
    assert contents(tmp_path / "lake") == contents(tmp_path / "undisturbed")
    assert once(server, tmp_path / "lake", date(2026, 3, 1)).fetched.loaded == 0


def test_what_the_archive_tells_otherwise_than_the_exchange_did_is_counted(server: FaultServer, tmp_path: Path) -> None:
    lake = tmp_path / "lake"
    begin(server, lake, date(2026, 2, 1), date(2026, 2, 3), date(2026, 2, 4))
    rows = [(1_770_163_500_000, 10.5, 1000.0), (1_770_163_800_000, 11.0, 1000.0)]  # 2026-02-04 00:05 and 00:10
    ingest_collected(lake, collect(lake, "liveMetrics", {SYMBOL: rows}))
    assert once(server, lake, date(2026, 2, 5)).displaced == Displaced(2, 1)
    assert once(server, lake, date(2026, 2, 6)).displaced == Displaced(0, 0)


def test_what_failed_is_asked_for_again_for_five_weeks(server: FaultServer, tmp_path: Path) -> None:
    begin(server, tmp_path / "lake", date(2026, 2, 1), date(2026, 2, 3), date(2026, 2, 4))
    server.fail("metrics-2026-02-05.zip", *[status(500)] * 3)
    assert len(once(server, tmp_path / "lake", date(2026, 2, 10)).fetched.failed) == 1
    assert once(server, tmp_path / "lake", date(2026, 2, 11)).fetched.loaded == 3 + 1


def test_series_that_has_ended_costs_one_request(server: FaultServer, tmp_path: Path) -> None:
    begin(server, tmp_path / "lake", date(2026, 2, 1), date(2026, 2, 28), date(2026, 3, 1))
    server.seen.clear()
    assert news(read_holdings(tmp_path / "lake"), asking(server), date(2027, 3, 1)) == []
    assert len(server.seen) == len(DEFAULT)


def test_long_pause_is_caught_up(server: FaultServer, served: Path, tmp_path: Path) -> None:
    begin(server, tmp_path / "lake", date(2026, 2, 1), date(2026, 2, 28), date(2026, 3, 1))
    for day in days("2026-03-01", 92):
        write_day(served, day)
    done = once(server, tmp_path / "lake", date(2026, 6, 1))
    assert done.fetched.loaded == 3 * 92


def test_two_refreshes_at_once_are_refused(server: FaultServer, tmp_path: Path) -> None:
    begin(server, tmp_path / "lake", date(2026, 2, 1), date(2026, 2, 3), date(2026, 2, 4))
    with FileLock(tmp_path / "lake" / ".refresh.lock"), pytest.raises(LiqheatError, match="another refresh"):
        once(server, tmp_path / "lake", date(2026, 2, 10))


def test_empty_lake_is_told_what_to_fetch(server: FaultServer, tmp_path: Path) -> None:
    with pytest.raises(LiqheatError, match="nothing from the archive"):
        once(server, tmp_path / "lake", date(2026, 2, 10))


def test_failed_build_keeps_what_was_fetched(server: FaultServer, tmp_path: Path) -> None:
    begin(server, tmp_path / "lake", date(2026, 2, 1), date(2026, 2, 3), date(2026, 2, 4))

    def fails() -> None:
        raise LiqheatError("the build failed", "look")

    with pytest.raises(LiqheatError, match="the build failed"):
        refresh(tmp_path / "lake", asking(server), date(2026, 2, 5), fails)
    assert once(server, tmp_path / "lake", date(2026, 2, 5)).fetched.loaded == 0


def test_log_tells_what_was_done(server: FaultServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LIQHEAT_LOGS", str(tmp_path / "logs"))
    monkeypatch.setenv("LOG_FORMAT", "json")
    start_logging(load_settings(), "refresh")
    begin(server, tmp_path / "lake", date(2026, 2, 1), date(2026, 2, 3), date(2026, 2, 4))
    server.fail("metrics", status(500))
    once(server, tmp_path / "lake", date(2026, 2, 10))
    events = [json.loads(line) for line in (tmp_path / "logs" / "refresh.log").read_text().splitlines()]
    assert [event["level"] for event in events] == ["WARNING", "INFO"]
    assert events[1]["message"] == "refreshed"
    assert events[1]["files_loaded"] == 3 * 6
