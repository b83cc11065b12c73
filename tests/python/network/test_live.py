"""From the exchange's REST interface into the lake: only what the lake lacks and what is final, within the limits."""

from __future__ import annotations

import json
import os
import shutil
import time
from collections.abc import Iterator
from datetime import datetime, timedelta
from itertools import count
from pathlib import Path
from threading import Timer
from typing import Any

import duckdb
import httpx
import pytest
from click.testing import CliRunner
from exchange import DAY_MS, Exchange, ms
from fault_server import Status, malformed_json, reset, serving, status
from filelock import FileLock

from liquidation_heatmap.cli import main
from liquidation_heatmap.errors import LiqheatError
from liquidation_heatmap.lake import collected
from liquidation_heatmap.lake.collected import checked
from liquidation_heatmap.lake.ingest import ingest
from liquidation_heatmap.network import rest
from liquidation_heatmap.network.client import Client, ClosedError
from liquidation_heatmap.network.endpoints import SERIES, SNAPSHOTS, funding_rows
from liquidation_heatmap.network.live import live

SAMPLES = Path(__file__).parents[4] / "shared" / "data" / "api_samples" / "jkorf"
NOW = ms("2026-03-31 02:03:30")
TODAY = "2026-03-31"


@pytest.fixture
def exchange() -> Iterator[Exchange]:
    with serving() as server:
        yield Exchange(server, NOW)


def asking(exchange: Exchange) -> Client:
    return Client(exchange.server.url, backoff_seconds=0.001)


def partitions(lake: Path) -> dict[tuple[str, str], int]:
    """Rows by dataset and day, as the manifest has them."""
    with duckdb.connect() as connection:
        rows = connection.execute(
            "select dataset, trade_date, row_count from read_parquet($1)",
            [str(lake / "manifest" / "partitions.parquet")],
        ).fetchall()
    return {(dataset, str(day)): count for dataset, day, count in rows}


def stored(lake: Path) -> list[Any]:
    with duckdb.connect() as connection:
        return [
            (path.relative_to(lake).as_posix(), connection.execute(f"from read_parquet('{path}')").fetchall())
            for path in sorted(lake.rglob("data.parquet"))
        ]


def copy(lake: Path, to: Path) -> Path:
    return Path(shutil.copytree(lake, to))


def archive(folder: Path, dataset: str, day: str, lines: list[str], interval: str = "") -> None:
    path = folder / "futures" / "um" / "daily" / dataset / "BTCUSDT" / interval
    path.mkdir(parents=True, exist_ok=True)
    (path / f"BTCUSDT-{interval or dataset}-{day}.csv").write_text("".join(f"{line}\n" for line in lines))


def test_thirty_days_and_the_present(exchange: Exchange, tmp_path: Path) -> None:
    report = live(["BTCUSDT", "BTCUSDT"], tmp_path, asking(exchange))
    found = partitions(tmp_path)
    for dataset in ("liveKlines", "liveMarkPriceKlines", "livePremiumIndexKlines"):
        assert found[dataset, "2026-03-02"] == found[dataset, "2026-03-30"] == 1440
        assert found[dataset, TODAY] == 120  # The five minutes that began at 02:00 are not over.
    assert found["liveMetrics", "2026-03-02"] == 288
    assert found["liveMetrics", TODAY] == 24
    assert found["liveFundingRate", TODAY] == 1
    assert report.rows["liveFundingRate"] == 90
    assert [found[f"live{name}", TODAY] for name in ("OpenInterest", "PremiumIndex", "Ticker")] == [1, 1, 1]
    assert ("liveKlines", "2026-03-01") not in found


def test_only_what_the_lake_lacks_is_asked_for(exchange: Exchange, tmp_path: Path) -> None:
    # The archive has one day with a gap and one without; bars may have any length.
    day = datetime(2026, 3, 29)
    labels = [f"{day + timedelta(minutes=5 * i)},BTCUSDT,1,1,,,," for i in range(288)]
    archive(tmp_path / "files", "metrics", "2026-03-29", labels)
    archive(tmp_path / "files", "metrics", "2026-03-28", [line.replace("-29", "-28") for line in labels[:200]])
    opened = ms("2026-03-28")
    archive(tmp_path / "files", "klines", "2026-03-28", [f"{opened},1,1,1,1,1,{opened + 3_599_999},,,,,0"], "1h")
    ingest([tmp_path / "files"], tmp_path / "lake")
    live(["BTCUSDT"], tmp_path / "lake", asking(exchange))

    def days(path: str) -> set[int]:
        return {int(seen.query["startTime"]) for seen in exchange.server.asked(path)}

    assert ms("2026-03-28") in days("openInterestHist")
    assert ms("2026-03-29") not in days("openInterestHist")
    assert len(days("openInterestHist")) == 29
    assert ms("2026-03-28") not in days("v1/klines")

    # An hour later only today is asked for.
    before = len(exchange.server.seen)
    exchange.now += 3_600_000
    for cached in (tmp_path / "lake" / ".cache").glob("*.json"):
        cached.unlink()
    live(["BTCUSDT"], tmp_path / "lake", asking(exchange))
    series = [seen for seen in exchange.server.seen[before:] if "endTime" in seen.query]
    assert {int(seen.query["startTime"]) for seen in series} == {ms(TODAY)}
    assert partitions(tmp_path / "lake")["liveKlines", TODAY] == 180


def test_the_same_again_changes_nothing_and_is_not_asked_again(
    exchange: Exchange, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # The present state is asked for again, as its answers are kept for seconds only.
    monkeypatch.setattr("liquidation_heatmap.network.live._SNAPSHOT_SECONDS", 600)
    live(["BTCUSDT"], tmp_path, asking(exchange))
    before, asked = stored(tmp_path), len(exchange.server.seen)
    live(["BTCUSDT"], tmp_path, asking(exchange))
    assert stored(tmp_path) == before
    assert len(exchange.server.seen) == asked + 1  # The first question is for the time.


@pytest.mark.parametrize(
    "fault", [status(429, retry_after=1), status(418, retry_after=1), status(500), malformed_json(), reset()]
)
@pytest.mark.parametrize("path", ["/fapi/v1/time", "/fapi/v1/openInterest", "/futures/data/openInterestHist"])
def test_faults_pass(exchange: Exchange, tmp_path: Path, filled: Path, fault: Any, path: str) -> None:
    lake = copy(filled, tmp_path / "lake")
    exchange.server.fail(path, fault)
    started = time.monotonic()
    live(["BTCUSDT"], lake, asking(exchange))
    assert partitions(lake)["liveMetrics", TODAY] == 24
    if fault.headers:
        assert time.monotonic() - started >= 1.0


@pytest.fixture(scope="session")
def filled(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A lake with archive files of all days but today, so that a test asks little; tests copy it."""
    files, lake = tmp_path_factory.mktemp("files"), tmp_path_factory.mktemp("filled")
    for back in range(1, 31):
        day = str((datetime.fromisoformat(TODAY) - timedelta(days=back)).date())
        opened = ms(day)
        for dataset in ("klines", "markPriceKlines", "premiumIndexKlines"):
            archive(files, dataset, day, [f"{opened},1,1,1,1,1,{opened + DAY_MS - 1},,,,,0"], "1d")
        labels = [f"{datetime.fromisoformat(day) + timedelta(minutes=5 * i)},BTCUSDT,1,1,,,," for i in range(288)]
        archive(files, "metrics", day, labels)
    ingest([files], lake)
    return lake


def test_lasting_fault_keeps_what_came_before_and_a_rerun_completes_it(
    exchange: Exchange, tmp_path: Path, filled: Path
) -> None:
    lake, whole = copy(filled, tmp_path / "lake"), copy(filled, tmp_path / "whole")
    exchange.server.fail("openInterestHist", *[status(500)] * 3)
    with pytest.raises(LiqheatError, match="500"):
        live(["BTCUSDT"], lake, asking(exchange))
    assert partitions(lake)["liveKlines", TODAY] == 120
    live(["BTCUSDT"], lake, asking(exchange))
    live(["BTCUSDT"], whole, asking(exchange))
    assert stored(lake) == stored(whole)


@pytest.mark.parametrize(
    "answer",
    [
        [],
        {"openInterest": "1"},
        {"openInterest": "-1", "time": NOW},
        {"openInterest": "nan", "time": NOW},
        {"openInterest": "1e999", "time": NOW},
        {"openInterest": "1", "time": NOW // 1000},
        {"openInterest": "1", "time": NOW, "symbol": "ETHUSDT"},
        {"openInterest": {}, "time": NOW},
        "busy",
    ],
)
def test_answers_that_cannot_be_true_never_reach_the_lake(
    exchange: Exchange, tmp_path: Path, filled: Path, answer: Any
) -> None:
    lake = copy(filled, tmp_path / "lake")
    exchange.server.route("/fapi/v1/openInterest", lambda _: answer)
    [left_out] = live(["BTCUSDT"], lake, asking(exchange)).left_out
    assert left_out.datasets == ("liveOpenInterest",)
    assert left_out.is_failure
    assert "garbled" in left_out.reason
    found = partitions(lake)
    assert ("liveOpenInterest", TODAY) not in found
    assert found["liveKlines", TODAY] == 120, "one bad answer cost the others"


NOTHING = {
    "before listing": ("/fapi/v1/openInterest", "liveOpenInterest", {"openInterest": "0.000", "time": NOW}),
    "no text": ("/fapi/v1/openInterest", "liveOpenInterest", {"openInterest": "", "time": NOW}),
    "no time": ("/fapi/v1/openInterest", "liveOpenInterest", {"openInterest": "5", "time": 0}),
    "no price": ("/fapi/v1/ticker/price", "liveTicker", {"price": "0.00", "time": NOW}),
    "no mark": (
        "/fapi/v1/premiumIndex",
        "livePremiumIndex",
        {"markPrice": "", "indexPrice": "", "lastFundingRate": "", "nextFundingTime": 0, "time": NOW},
    ),
}


@pytest.mark.parametrize(("path", "dataset", "answer"), NOTHING.values(), ids=NOTHING)
def test_a_contract_that_has_no_value_is_said_and_no_failure(
    exchange: Exchange, tmp_path: Path, filled: Path, path: str, dataset: str, answer: Any
) -> None:
    lake = copy(filled, tmp_path / "lake")
    exchange.server.route(path, lambda _: answer)
    [left_out] = live(["BTCUSDT"], lake, asking(exchange)).left_out
    assert left_out.datasets == (dataset,)
    assert not left_out.is_failure
    assert (dataset, TODAY) not in partitions(lake)


def test_rows_without_values_are_left_out_of_a_series(exchange: Exchange, tmp_path: Path, filled: Path) -> None:
    """Open interest of zero, bars without a price and a payment without a rate are left out; the other rows count."""

    def spoilt(answer: Any, change: Any) -> Any:
        return lambda query: [change(item) if number == 3 else item for number, item in enumerate(answer(query))]

    lake = copy(filled, tmp_path / "lake")
    route = exchange.server.route
    route(
        "/futures/data/openInterestHist", spoilt(exchange.open_interest_history, lambda i: i | {"sumOpenInterest": "0"})
    )
    route("/fapi/v1/klines", spoilt(exchange.bars, lambda i: [i[0], "0", "0", "0", "0", *i[5:]]))
    route("/fapi/v1/fundingRate", spoilt(exchange.funding_rate, lambda i: i | {"fundingRate": ""}))
    report = live(["BTCUSDT"], lake, asking(exchange))
    assert report.left_out == []
    found = partitions(lake)
    assert found["liveMetrics", TODAY] == 23
    assert found["liveKlines", TODAY] == 119
    assert report.rows["liveFundingRate"] == 89


def test_a_settlement_told_twice_is_one(exchange: Exchange, tmp_path: Path, filled: Path) -> None:
    lake = copy(filled, tmp_path / "lake")
    exchange.server.route("/fapi/v1/fundingRate", lambda query: 2 * exchange.funding_rate(query))
    report = live(["BTCUSDT"], lake, asking(exchange))
    assert report.left_out == []
    assert report.rows["liveFundingRate"] == 90


class OddContracts:
    """Each symbol has an oddity from public reports, in answers that are made up."""

    def __init__(self, exchange: Exchange) -> None:
        self.answers = dict(exchange.server.routes)
        for path in self.answers:
            exchange.server.route(path, lambda query, path=path: self.answer(path, query))

    def answer(self, path: str, query: Any) -> Any:
        symbol = query.get("symbol", "")
        if symbol == "NOSUCHUSDT":
            return refused(-1121, "Invalid symbol.")
        if symbol == "SETTLINGUSDT" and path.endswith("/openInterest"):
            return refused(-4108, "Symbol is on delivering or delivered or settling or closed or pre-trading.")
        if symbol == "PERIODUSDT" and path.endswith("openInterestHist"):
            return refused(-1130, "parameter 'startTime' is invalid.")
        answer = self.answers[path](query)
        if "_" in symbol:
            if path.endswith(("fundingRate", "premiumIndexKlines", "openInterestHist")):
                return []
            if path.endswith("premiumIndex"):
                return answer | {"lastFundingRate": "", "interestRate": "", "nextFundingTime": 0}
        return answer


def refused(code: int, said: str) -> Status:
    return Status(400, {"code": code, "msg": said})


def test_odd_contracts_give_what_they_have_and_say_the_rest(
    exchange: Exchange, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    OddContracts(exchange)
    # Without this the test would wait for the exchange's limit.
    monkeypatch.setattr(rest, "WEIGHT_A_MINUTE", 1_000_000)
    monkeypatch.setattr("liquidation_heatmap.network.live.DAYS", 3)
    run = CliRunner(env={"LIQHEAT_LAKE": str(tmp_path), "BINANCE_REST_URL": exchange.server.url})
    odd = ["NOSUCHUSDT", "BTCUSDT_261225", "SETTLINGUSDT", "PERIODUSDT", "币安人生USDT"]
    result = run.invoke(main, ["live", *odd])
    assert result.exit_code == 1
    for said in (
        "NOSUCHUSDT: the exchange says -1121 Invalid symbol. (live",
        "SETTLINGUSDT: the exchange says -4108 Symbol is on delivering or delivered or settling or closed or "
        "pre-trading. (liveOpenInterest)",
        "PERIODUSDT: the exchange says -1130 parameter 'startTime' is invalid. (liveMetrics)",
    ):
        assert result.stderr.count(said) == 1
    assert "BTCUSDT_261225" not in result.stderr
    assert "币安人生USDT" not in result.stderr
    paths = [path for path in tmp_path.rglob("data.parquet") if "dataset=liveKlines" in path.parts]
    bars = {part for path in paths for part in path.parts if part.startswith("symbol=")}
    assert bars == {f"symbol={symbol}" for symbol in odd[1:]}
    with duckdb.connect() as connection:
        [path] = tmp_path.glob("market=um/dataset=livePremiumIndex/symbol=BTCUSDT_261225/*/data.parquet")
        row = connection.execute(
            f"select mark_price, last_funding_rate, next_funding_time from read_parquet('{path}')"
        ).fetchone()
    assert row == (11793.63104562, None, None)


def test_a_symbol_all_of_which_is_refused_is_asked_little(exchange: Exchange, tmp_path: Path) -> None:
    OddContracts(exchange)
    live(["NOSUCHUSDT"], tmp_path, asking(exchange))
    assert len(exchange.server.seen) <= 10


def test_nothing_readable_of_any_symbol_ends_it(exchange: Exchange, tmp_path: Path) -> None:
    for path in list(exchange.server.routes):
        if not path.endswith("/time"):
            exchange.server.route(path, "busy")
    with pytest.raises(LiqheatError, match="nothing of 3 symbols in a row can be read"):
        live([f"S{number}USDT" for number in range(300)], tmp_path, asking(exchange))
    assert len(exchange.server.seen) < 100


def test_a_ban_is_not_asked_again(exchange: Exchange, tmp_path: Path) -> None:
    exchange.server.fail("premiumIndex", status(418, retry_after=86_400))
    with pytest.raises(LiqheatError, match="asks to wait"):
        live(["BTCUSDT", "ETHUSDT"], tmp_path, asking(exchange))
    assert [seen.status for seen in exchange.server.seen] == [200, 200, 418]


def test_another_writer_does_not_lose_what_was_received(
    exchange: Exchange, tmp_path: Path, filled: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(collected, "PATIENCE_SECONDS", 0)
    lake = copy(filled, tmp_path / "lake")
    with FileLock(lake / ".lock"), pytest.raises(LiqheatError, match="another liqheat"):
        live(["BTCUSDT"], lake, asking(exchange))
    live(["BTCUSDT"], lake, asking(exchange))
    assert partitions(lake)["liveKlines", TODAY] == 120


def test_every_request_is_a_plain_get_below_the_base(exchange: Exchange, tmp_path: Path, filled: Path) -> None:
    copy(filled, tmp_path / "lake")
    # The base address has a path of its own.
    for path, answer in list(exchange.server.routes.items()):
        exchange.server.route(f"/proxy{path}", answer)
    run = CliRunner(env={"LIQHEAT_LAKE": str(tmp_path / "lake"), "BINANCE_REST_URL": f"{exchange.server.url}/proxy"})
    result = run.invoke(main, ["live", "btcusdt"])
    assert result.exit_code == 0, result.output
    assert "liveKlines 120" in result.output
    assert "the exchange's, which was used" in result.output  # The exchange's clock is in another year.
    assert exchange.server.seen
    for seen in exchange.server.seen:
        assert seen.method == "GET"
        assert seen.path.startswith("/proxy/")
        assert not {"authorization", "cookie", "x-mbx-apikey"} & {name.lower() for name in seen.headers}
        assert not {"signature", "timestamp"} & set(seen.query)


def test_a_budget_is_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    clock = [0.0]
    monkeypatch.setattr(rest.time, "monotonic", lambda: clock[0])
    budget = rest.Budget(100, 60, lambda seconds: clock.__setitem__(0, clock[0] + seconds))
    times = []
    for _ in range(25):
        budget.spend(10)
        times.append(clock[0])
    assert times == [0.0] * 10 + [60.0] * 10 + [120.0] * 5
    budget.correct(95)  # another program asks from the same address
    budget.spend(10)
    assert clock[0] == 180.0
    budget.spend(1_000)  # A question whose weight is above the limit must not wait for ever.
    assert clock[0] == 240.0


def test_a_wait_for_the_budget_ends_when_the_client_is_closed(exchange: Exchange, tmp_path: Path) -> None:
    client = asking(exchange)
    asked = rest.Rest(client, tmp_path)
    asked.ask("/fapi/v1/time", {}, lambda answer: answer, weight=2_000)
    Timer(0.2, client.close).start()
    started = time.monotonic()
    with pytest.raises(ClosedError):
        asked.ask("/fapi/v1/time", {}, lambda answer: answer, weight=1)
    assert time.monotonic() - started < 2


def test_what_there_is_no_time_for_is_loaded_by_the_next_run(exchange: Exchange, tmp_path: Path) -> None:
    def run(most_questions: int) -> bool:
        questions = count()
        return live(["BTCUSDT"], tmp_path, asking(exchange), lambda: next(questions) >= most_questions).is_whole

    assert not run(20)
    assert len(exchange.server.seen) <= 21
    runs = next(number for number in range(10) if run(60))
    assert runs > 0
    found = partitions(tmp_path)
    assert found["liveKlines", "2026-03-02"] == found["livePremiumIndexKlines", "2026-03-30"] == 1440


def test_the_exchanges_own_count_is_taken_over(
    exchange: Exchange, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    told: list[int] = []
    monkeypatch.setattr(rest.Budget, "correct", lambda _, used: told.append(used))
    asked = rest.Rest(asking(exchange), tmp_path)
    monkeypatch.setattr(
        asked._client,
        "get",
        lambda _path, parse, _params, **_: parse(httpx.Response(200, json={}, headers={"X-MBX-USED-WEIGHT-1M": "77"})),
    )
    asked.ask("/fapi/v1/time", {}, lambda answer: answer, weight=1)
    assert told == [77]


def test_only_answers_of_our_own_are_forgotten(exchange: Exchange, tmp_path: Path) -> None:
    """Where the lake lies in a home folder, other programs have files in the folder of answers too."""
    (tmp_path / "browser").mkdir()
    foreign = [tmp_path / name for name in ("old.json", "x", "a" * 64)]
    ours = tmp_path / f"{'a' * 64}.json"
    for path in [*foreign, ours]:
        path.write_text("1")
        os.utime(path, (1, 1))
    rest.Rest(asking(exchange), tmp_path)
    assert all(path.exists() for path in foreign)
    assert not ours.exists()


def test_a_kept_answer_that_was_damaged_is_asked_for_anew(exchange: Exchange, tmp_path: Path) -> None:
    asked = rest.Rest(asking(exchange), tmp_path)
    for damage in (b"", b"\xff", b"[", b'{"openInterest": {}}'):
        asked.ask("/fapi/v1/openInterest", {"symbol": "BTCUSDT"}, SNAPSHOTS[0].rows, weight=1, holds_seconds=60)
        [kept] = tmp_path.iterdir()
        kept.write_bytes(damage)
        assert asked.ask("/fapi/v1/openInterest", {"symbol": "BTCUSDT"}, SNAPSHOTS[0].rows, weight=1, holds_seconds=60)


def test_answers_of_a_clock_set_back_are_not_believed(
    exchange: Exchange, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = rest.Rest(asking(exchange), tmp_path)
    for _ in range(2):
        asked.ask("/fapi/v1/openInterest", {"symbol": "BTCUSDT"}, str, weight=1, holds_seconds=60)
    assert len(exchange.server.seen) == 1
    long_ago = time.time() - 3600
    monkeypatch.setattr(rest.time, "time", lambda: long_ago)
    asked.ask("/fapi/v1/openInterest", {"symbol": "BTCUSDT"}, str, weight=1, holds_seconds=60)
    assert len(exchange.server.seen) == 2


@pytest.mark.skipif(not SAMPLES.exists(), reason="the samples are not here")
@pytest.mark.parametrize(
    ("sample", "dataset"),
    [
        ("GetKlines", "liveKlines"),
        ("GetMarkPriceKlines", "liveMarkPriceKlines"),
        ("GetPremiumIndexKlines", "livePremiumIndexKlines"),
        ("GetOpenInterestHistory", "liveMetrics"),
        ("GetOpenInterest", "liveOpenInterest"),
        ("GetMarkPrice", "livePremiumIndex"),
        ("GetPrice", "liveTicker"),
        ("GetFundingRates", "liveFundingRate"),
    ],
)
def test_samples_of_the_documentation_are_understood(sample: str, dataset: str) -> None:
    _, path, _, answer = (SAMPLES / f"UsdFutures_ExchangeData_{sample}.txt").read_text().strip().split("\n", 3)
    value = json.loads(answer)
    if dataset == "liveFundingRate":
        rows = funding_rows(value)
    elif snapshots := [snapshot for snapshot in SNAPSHOTS if snapshot.dataset == dataset]:
        rows = snapshots[0].rows(value)
        assert path.split("/")[-1] == snapshots[0].path.split("/")[-1]
    else:
        [series] = [series for series in SERIES if series.dataset == dataset]
        assert path == series.path
        # One of the samples is of a year before the contract was traded.
        [row, *_] = [series.row(item) for item in value]
        rows = [checked(dataset, row)] if dataset != "liveKlines" else [row]
    assert rows
    assert int(rows[0][0] or 0) > ms("2010-01-01")
