"""The last hour from the exchange's REST interface, and hours of the live loop on a real lake, across midnight."""

from __future__ import annotations

import os
import random
import time
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from http import HTTPStatus
from pathlib import Path
from threading import Event
from typing import Any

import pytest
from exchange import MINUTE_MS, Exchange, ms
from fault_server import Status, reset, serving, status
from stream_server import kline, mark, streaming
from test_live import partitions
from test_record import wait_for

from liquidation_heatmap.errors import LiqheatError
from liquidation_heatmap.lake.collected import collect
from liquidation_heatmap.network import live as live_module
from liquidation_heatmap.network import rest
from liquidation_heatmap.network.client import Client
from liquidation_heatmap.network.endpoints import SERIES
from liquidation_heatmap.network.live import live
from liquidation_heatmap.network.newest import BAR_SECONDS, Newest, load_newest
from liquidation_heatmap.settings import load_settings
from liquidation_heatmap.upkeep.watch import watch
from liquidation_heatmap.upkeep.watch_steps import LiveSteps

NOW = ms("2026-07-31 10:05:04")
SYMBOLS = ["BTCUSDT", "ETHUSDT"]
OI = "/futures/data/openInterestHist"


@pytest.fixture
def exchange() -> Iterator[Exchange]:
    with serving() as server:
        yield Exchange(server, NOW)


def asking(exchange: Exchange, **options: Any) -> Client:
    return Client(exchange.server.url, backoff_seconds=0.001, **options)


def asked(exchange: Exchange) -> list[str]:
    return [seen.path for seen in exchange.server.seen if not seen.path.endswith("/time")]


def test_only_what_the_last_hour_lacks_is_asked_for(exchange: Exchange, tmp_path: Path) -> None:
    client = asking(exchange)
    newest = load_newest(SYMBOLS, tmp_path, client)
    assert newest.ends_at == NOW // 300_000 * 300
    assert newest.skew_seconds == pytest.approx(time.time() - NOW / 1000, abs=5)
    assert (newest.late, newest.refused) == ({}, [])
    assert len(asked(exchange)) == 8
    assert {partitions(tmp_path)[name, "2026-07-31"] for name in ("liveKlines", "liveMarkPriceKlines")} == {60}
    assert partitions(tmp_path)["liveMetrics", "2026-07-31"] == 12
    exchange.server.seen.clear()
    load_newest(SYMBOLS, tmp_path, client)
    assert asked(exchange) == []

    # The streams have told the next bar's prices of one symbol.
    exchange.now += 300_000
    bars = [
        (NOW // 300_000 * 300_000 + i * MINUTE_MS, 1, 1, 1, 1, 1, None, None, None, None, None, "0") for i in range(5)
    ]
    for dataset in ("liveKlines", "liveMarkPriceKlines"):
        collect(tmp_path, dataset, {"BTCUSDT": bars}, interval="1m")
    load_newest(SYMBOLS, tmp_path, client)
    assert [(seen.path, seen.query["symbol"]) for seen in exchange.server.seen if "symbol" in seen.query] == [
        (OI, "BTCUSDT"),
        (OI, "ETHUSDT"),
        ("/fapi/v1/klines", "ETHUSDT"),
        ("/fapi/v1/markPriceKlines", "ETHUSDT"),
        ("/fapi/v1/premiumIndexKlines", "BTCUSDT"),
        ("/fapi/v1/premiumIndexKlines", "ETHUSDT"),
    ]
    assert {int(seen.query["startTime"]) for seen in exchange.server.seen if "startTime" in seen.query} == {bars[0][0]}


def test_open_interest_that_is_not_there_yet_is_late_and_asked_for_again(exchange: Exchange, tmp_path: Path) -> None:
    whole = exchange.server.routes[OI]
    exchange.server.route(OI, lambda query: whole(query)[: -2 if query["symbol"] == "ETHUSDT" else None])
    assert load_newest(SYMBOLS, tmp_path, asking(exchange)).late == {"liveMetrics": ["ETHUSDT"]}
    exchange.server.route(OI, whole)
    exchange.server.seen.clear()
    assert load_newest(SYMBOLS, tmp_path, asking(exchange)).late == {}
    assert asked(exchange) == [OI]


def test_one_symbol_s_trouble_is_that_symbol_s(exchange: Exchange, tmp_path: Path) -> None:
    routes = dict(exchange.server.routes)

    def odd(path: str, query: Any) -> Any:
        if query.get("symbol") == "NOSUCHUSDT":
            return Status(400, {"code": -1121, "msg": "Invalid symbol."})
        return [] if query.get("symbol") == "DATED_261225" and path == OI else routes[path](query)

    for path in routes:
        exchange.server.route(path, lambda query, path=path: odd(path, query))
    newest = load_newest(["NOSUCHUSDT", "DATED_261225", "BTCUSDT"], tmp_path, asking(exchange))
    assert newest.late == {}
    assert newest.refused == [
        "NOSUCHUSDT: the exchange says -1121 Invalid symbol.",
        "DATED_261225: nothing of liveMetrics for an hour",
    ]


def test_once_it_is_over_nothing_more_is_asked(exchange: Exchange, tmp_path: Path) -> None:
    newest = load_newest(SYMBOLS, tmp_path, asking(exchange), lambda: len(asked(exchange)) >= 3)
    assert len(asked(exchange)) == 3
    assert newest.late["liveKlines"] == ["ETHUSDT"]
    assert newest.late["livePremiumIndexKlines"] == SYMBOLS


def test_a_long_silence_that_the_exchange_asks_for_is_kept_and_not_waited_for(
    exchange: Exchange, tmp_path: Path
) -> None:
    client = asking(exchange, tries=2, longest_wait_seconds=1)
    exchange.server.fail("/time", status(418, retry_after=2))
    started = time.monotonic()
    with pytest.raises(LiqheatError, match="asks to wait 2 seconds"):
        load_newest(SYMBOLS, tmp_path, client)
    with pytest.raises(LiqheatError, match="has asked to wait 2 seconds"):
        load_newest(SYMBOLS, tmp_path, client)
    assert time.monotonic() - started < 1
    assert len(exchange.server.seen) == 1
    time.sleep(1.5)
    load_newest(SYMBOLS, tmp_path, client)
    assert time.monotonic() - started >= 2


def test_the_last_rows_of_a_day_are_asked_for_once_it_is_over(
    exchange: Exchange, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What was kept of a day before its end is no answer about the whole day."""
    monkeypatch.setattr(live_module, "DAYS", 2)
    exchange.now = ms("2026-07-30 23:57:00")
    live(["BTCUSDT"], tmp_path, asking(exchange))
    assert partitions(tmp_path)["liveKlines", "2026-07-30"] == 1_435
    exchange.now = ms("2026-07-31 00:12:00")
    for kept in (tmp_path / ".cache").iterdir():
        at = time.time() - 15 * 60
        os.utime(kept, (at, at))
    live(["BTCUSDT"], tmp_path, asking(exchange))
    for series in SERIES:
        assert partitions(tmp_path)[series.dataset, "2026-07-30"] == series.rows_a_day


@dataclass
class Hours:
    """The steps of the loop on a real lake and a server with faults; the build only counts."""

    exchange: Exchange
    lake: Path
    dice: random.Random
    ends_at: float
    client: Client
    lines: list[str] = field(default_factory=list)
    builds: int = 0

    def now(self) -> float:
        return self.exchange.now / 1000

    def sleep(self, seconds: float) -> None:
        self.exchange.now += int(seconds * 1000)

    def is_stopped(self) -> bool:
        return self.now() >= self.ends_at

    def complete(self, deadline: float) -> None:
        live(SYMBOLS, self.lake, self.client, lambda: self.now() > deadline)

    def take_in(self) -> None:
        """Streams tell the bar's prices of one symbol, in most bars."""
        if self.dice.random() < 0.8:
            until = int(self.now()) // BAR_SECONDS * BAR_SECONDS * 1000
            query = {"startTime": f"{until - 300_000}", "endTime": f"{until - 1}", "limit": "5"}
            [of_bars] = [series for series in SERIES if series.dataset == "liveKlines"]
            collect(self.lake, "liveKlines", {"BTCUSDT": of_bars.rows(self.exchange.bars(query), until)}, interval="1m")

    def load(self, deadline: float) -> Newest:
        faults = [status(500), status(429, 0), status(418, 0), status(503), reset()]
        if self.dice.random() < 0.3:
            self.exchange.server.fail(
                self.dice.choice(["/time", OI, "klines", "mark"]), *[self.dice.choice(faults)] * 2
            )
        newest = load_newest(SYMBOLS, self.lake, self.client, lambda: self.now() > deadline)
        self.exchange.now += 1_000
        # The exchange's clock is this machine's here.
        newest.skew_seconds = 0.0
        return newest

    def build(self) -> bool:
        self.exchange.now += 20_000
        self.builds += 1
        return True


@pytest.mark.slow
def test_hours_of_faults_across_midnight_leave_no_gap(
    exchange: Exchange, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(live_module, "DAYS", 2)
    # Answers are kept by this machine's clock, which does not run with the simulated hours.
    monkeypatch.setattr(rest.Rest, "_kept", lambda *_: None)
    exchange.now = ms("2026-07-30 22:31:00")
    hours = Hours(exchange, tmp_path, random.Random(4), ms("2026-07-31 01:06:00") / 1000, asking(exchange, tries=1))
    watch(hours, hours, hours.is_stopped, hours.lines.append)
    assert len(hours.lines) == hours.builds == 32
    assert sum("(1 try)" in line for line in hours.lines) > 2, "hardly a fault: the test tests nothing"
    for series in SERIES:
        assert partitions(tmp_path)[series.dataset, "2026-07-30"] == series.rows_a_day
        assert partitions(tmp_path)[series.dataset, "2026-07-31"] == series.rows_a_day * 13 // 288


def test_streams_that_were_refused_are_tried_again_at_the_next_bar(tmp_path: Path) -> None:
    seconds = [mark(NOW // 60_000 * 60_000 + second * 1000) for second in range(70)]
    bar = kline(NOW // 60_000 * 60_000, is_closed=True)
    with streaming(*[[*seconds, bar]] * 6) as streams:
        streams.refusals += [(HTTPStatus.NOT_FOUND, {})] * 2
        settings = replace(load_settings(), lake=tmp_path, rest_url="http://127.0.0.1:9", stream_url=streams.url)
        with LiveSteps(["BTCUSDT"], settings, Event()) as steps:
            with pytest.raises(LiqheatError, match="answers 404"):
                wait_for(lambda: steps.take_in() or time.sleep(0.1))
            wait_for(lambda: steps.take_in() or list(tmp_path.glob("market=um/dataset=liveKlines/**/data.parquet")))
            assert partitions(tmp_path)["liveMarkPriceKlines", "2026-07-31"] == 1
            with pytest.raises(LiqheatError, match="cannot be reached"):
                steps.load(time.time())
