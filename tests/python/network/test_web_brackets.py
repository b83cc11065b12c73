"""Margin brackets from the exchange's own web address, which needs no key, is not documented, and may vanish."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import duckdb
import pytest
from exchange import ms
from fault_server import FaultServer, Status, malformed_json, serving, status
from hostile_server import LARGE, LASTING, MALFORMED, Script, hostile

from conftest import ROOT
from liquidation_heatmap.network import brackets
from liquidation_heatmap.network.brackets import PATH, fetch_brackets, import_changes
from liquidation_heatmap.network.observations import BracketChange

TODAY = date(2026, 8, 2)
SET = "2025-08-19"


@pytest.fixture(autouse=True)
def _no_seed(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(brackets, "SEED", tmp_path / "none.csv")


@pytest.fixture
def server() -> Iterator[FaultServer]:
    with serving() as running:
        yield running


def bracket(number: int, floor: float, cap: float, rate: float, leverage: int, amount: float) -> dict[str, Any]:
    return {
        "bracketSeq": number,
        "bracketNotionalFloor": floor,
        "bracketNotionalCap": cap,
        "bracketMaintenanceMarginRate": rate,
        "cumFastMaintenanceAmount": amount,
        "minOpenPosLeverage": 1,
        "maxOpenPosLeverage": leverage,
    }


def table(symbol: str, leverage: int = 75, set_on: str = SET) -> dict[str, Any]:
    """Two brackets; the amount has an error of rounding, as the exchange's own."""
    rows = [
        bracket(1, 0, 5_000, 0.01, leverage, 0),
        bracket(2, 5_000, 25_000, 0.025, leverage // 3, 75.00000000000001),
    ]
    return {"symbol": symbol, "updateTime": ms(set_on), "notionalLimit": 100, "riskBrackets": rows}


def answer(*tables: Any) -> Any:
    return {"code": "000000", "message": None, "data": {"brackets": list(tables)}, "success": True}


def known(lake: Path) -> list[tuple[object, ...]]:
    with duckdb.connect() as connection:
        rows: list[tuple[object, ...]] = connection.execute(
            "select symbol, as_of::varchar, bracket, max_leverage "
            f"from read_parquet('{lake}/reference/margin_brackets.parquet') order by all"
        ).fetchall()
    return rows


def forget(lake: Path) -> None:
    """Remove the kept answer, which would be used for hours."""
    for path in (lake / ".cache").iterdir():
        path.unlink()


def test_every_symbol_comes_from_the_day_its_brackets_were_set(server: FaultServer, tmp_path: Path) -> None:
    server.route(PATH, answer(table("DOGEUSDT"), table("币安人生USDT"), table("1000SATSUSDT", 50)))
    assert fetch_brackets(server.url, tmp_path, TODAY) == brackets.Fetched(3)
    assert known(tmp_path) == [
        *(("1000SATSUSDT", SET, 1, 50.0), ("1000SATSUSDT", SET, 2, 16.0)),
        *(("DOGEUSDT", SET, 1, 75.0), ("DOGEUSDT", SET, 2, 25.0)),
        *(("币安人生USDT", SET, 1, 75.0), ("币安人生USDT", SET, 2, 25.0)),
    ]
    [seen] = server.seen
    assert seen.method == "GET"
    assert not {"authorization", "cookie", "x-mbx-apikey"} & {name.lower() for name in seen.headers}


def test_the_same_again_adds_nothing_and_a_change_counts_from_today(server: FaultServer, tmp_path: Path) -> None:
    server.route(PATH, answer(table("DOGEUSDT"), table("ETHUSDT")))
    fetch_brackets(server.url, tmp_path, TODAY)
    before = known(tmp_path)
    assert fetch_brackets(server.url, tmp_path, TODAY).symbols == 0
    assert len(server.seen) == 1, "asked again within hours"
    forget(tmp_path)
    assert fetch_brackets(server.url, tmp_path, TODAY).symbols == 0
    assert known(tmp_path) == before
    forget(tmp_path)
    # The exchange's time of setting is the old one. The change counts from today, so that the past is not rewritten.
    server.route(PATH, answer(table("DOGEUSDT", 50), table("ETHUSDT")))
    assert fetch_brackets(server.url, tmp_path, date(2026, 8, 3)).symbols == 1
    assert known(tmp_path) == sorted(
        [*before, ("DOGEUSDT", "2026-08-03", 1, 50.0), ("DOGEUSDT", "2026-08-03", 2, 16.0)]
    )


def test_what_the_seed_knows_is_not_new_and_a_change_of_it_counts_from_today(
    server: FaultServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    lines = ["symbol,first_seen_on,tier_number,min_notional,max_notional,margin_rate,max_leverage"]
    lines += [f"{symbol},2026-05-01,{n},{rest}" for symbol in ("DOGEUSDT", "ETHUSDT") for n, rest in SEEDED.items()]
    lines += ["DOGEUSDT,2024-01-01,1,0,5000,0.01,20"]
    (tmp_path.parent / f"{tmp_path.name}.csv").write_text("\n".join(lines))
    monkeypatch.setattr(brackets, "SEED", tmp_path.parent / f"{tmp_path.name}.csv")
    server.route(PATH, answer(table("DOGEUSDT"), table("ETHUSDT", 60)))
    assert fetch_brackets(server.url, tmp_path, TODAY).symbols == 1
    assert known(tmp_path) == [("ETHUSDT", str(TODAY), 1, 60.0), ("ETHUSDT", str(TODAY), 2, 20.0)]


SEEDED = {1: "0,5000,0.01,75", 2: "5000,25000,0.025,25"}


def test_the_projects_own_seed_can_be_read(
    server: FaultServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(brackets, "SEED", ROOT / "seeds" / "margin_brackets.csv")
    server.route(PATH, answer(table("BTCUSDT", set_on="2020-01-01")))
    assert fetch_brackets(server.url, tmp_path, TODAY) == brackets.Fetched(1)
    assert {row[1] for row in known(tmp_path)} == {str(TODAY)}


GAP = {**table("GAPUSDT"), "riskBrackets": [bracket(1, 0, 5, 0.01, 75, 0), bracket(2, 6, 9, 0.02, 50, 0.06)]}
ODD = {
    "gap": GAP,
    "no brackets": {**table("NONEUSDT"), "riskBrackets": []},
    "null": {**table("NULLUSDT"), "riskBrackets": None},
    "other fields": {**table("ODDUSDT"), "riskBrackets": [{"bs": 1}]},
    "no symbol": {**table("X"), "symbol": ""},
    "number for a symbol": {**table("X"), "symbol": 5},
    "path for a symbol": {**table("X"), "symbol": "../../etc"},
    "time of another age": {**table("OLDUSDT"), "updateTime": 1},
    "endless rate": {**table("INFUSDT"), "riskBrackets": [bracket(1, 0, 5, float("inf"), 75, 0)]},
    "nested": [["DOGEUSDT"]],
}


@pytest.mark.parametrize("odd", ODD.values(), ids=ODD)
def test_one_odd_symbol_costs_the_others_nothing(server: FaultServer, tmp_path: Path, odd: Any) -> None:
    server.route(PATH, answer(odd, table("DOGEUSDT")))
    fetched = fetch_brackets(server.url, tmp_path, TODAY)
    assert fetched == brackets.Fetched(1)
    assert {row[0] for row in known(tmp_path)} == {"DOGEUSDT"}


GONE: dict[str, Any] = {
    "vanished": Status(404, {"code": "100001", "message": "not found"}),
    "moved away": Status(410, {}),
    "forbidden": Status(403, {}),
    "not in your country": Status(451, {}),
    "another answer": {"code": "000000", "data": None, "success": True},
    "an error": {"code": -1000, "msg": "An unknown error occurred"},
    "none at all": answer(),
    "a list": [1, 2],
    "text": "busy",
}


@pytest.mark.parametrize("gone", GONE.values(), ids=GONE)
def test_that_it_has_vanished_is_a_message(server: FaultServer, tmp_path: Path, gone: Any) -> None:
    server.route(PATH, lambda _: gone)
    fetched = fetch_brackets(server.url, tmp_path, TODAY)
    assert fetched.symbols == 0
    assert fetched.problem.isprintable()
    assert fetched.problem
    assert not (tmp_path / "reference").exists()


@pytest.mark.parametrize("code", [200, 400, 404])
def test_what_the_exchange_says_is_shown(server: FaultServer, tmp_path: Path, code: int) -> None:
    said = {"code": "000002", "message": "illegal parameter", "data": None, "success": False}
    server.route(PATH, lambda _: Status(code, said))
    assert ("000002 illegal parameter" in fetch_brackets(server.url, tmp_path, TODAY).problem) == (code != 404)


@pytest.mark.parametrize("fault", [status(500), status(429, retry_after=86_400), malformed_json()])
def test_faults_are_messages(server: FaultServer, tmp_path: Path, fault: Any) -> None:
    server.route(PATH, answer(table("DOGEUSDT")))
    server.fail(PATH, fault)
    assert fetch_brackets(server.url, tmp_path, TODAY).problem


HOSTILE = {**LASTING, **LARGE, **MALFORMED}


@pytest.mark.parametrize("script", HOSTILE.values(), ids=HOSTILE)
def test_hostile_servers_are_messages(script: Script, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(brackets, "_PATIENCE_SECONDS", 0.3)
    with hostile(script) as server:
        assert fetch_brackets(server.url, tmp_path, TODAY).problem


def test_announced_changes_count_from_their_day_and_the_last_of_a_day_counts(tmp_path: Path) -> None:
    def change(symbol: str, at: str, leverage: int) -> BracketChange:
        row = {"bs": 1, "bnf": 0, "bnc": 5000, "mmr": 0.01, "cf": 0, "mi": 1, "ma": leverage}
        return BracketChange(symbol, ms(at), (row,))

    changes = [
        change("DOGEUSDT", "2026-08-02 12:00", 50),
        change("DOGEUSDT", "2026-08-02 09:00", 60),
        change("DOGEUSDT", "2026-08-03 09:00", 40),
        BracketChange("ODDUSDT", ms("2026-08-02"), ({"bs": 1},)),
    ]
    assert import_changes(tmp_path, changes) == 1
    assert known(tmp_path) == [("DOGEUSDT", "2026-08-02", 1, 50.0), ("DOGEUSDT", "2026-08-03", 1, 40.0)]
