"""Margin brackets: only tables that could be the exchange's enter the lake."""

from __future__ import annotations

import gzip
import json
import subprocess
import sys
from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from archive_builder import columns_of, fetch

from conftest import ROOT
from liquidation_heatmap.errors import LiqheatError
from liquidation_heatmap.lake.brackets import CSV_COLUMNS, import_brackets

CASE = ROOT.parent / "shared" / "field_cases" / "12"
# floor, cap, rate, leverage, amount: the identity gives 5000 * (0.01 - 0.005) = 25
GOOD = [(0, 5000, 0.005, 50, 0), (5000, 20000, 0.01, 20, 25)]


def write_csv(path: Path, symbols: dict[str, list[tuple[float, ...]]], as_of: str = "2024-01-01") -> Path:
    rows = [
        f"{as_of},{symbol},{number},{floor},{cap},{rate},{leverage},{amount}"
        for symbol, brackets in symbols.items()
        for number, (floor, cap, rate, leverage, amount) in enumerate(brackets, 1)
    ]
    text = "\n".join([",".join(CSV_COLUMNS), *rows]) + "\n"
    path.write_bytes(gzip.compress(text.encode()) if path.suffix == ".gz" else text.encode())
    return path


def as_json(symbol: str = "BTCUSDT") -> dict[str, object]:
    names = ("notionalFloor", "notionalCap", "maintMarginRatio", "initialLeverage", "cum")
    return {
        "symbol": symbol,
        "notionalCoef": 1.5,
        "brackets": [{"bracket": i, **dict(zip(names, row, strict=True))} for i, row in enumerate(GOOD, 1)],
    }


def stored(lake: Path) -> list[tuple[object, ...]]:
    return fetch(lake / "reference" / "margin_brackets.parquet")


@pytest.mark.parametrize("name", ["brackets.csv", "brackets.csv.gz"])
def test_csv(tmp_path: Path, name: str) -> None:
    report = import_brackets(write_csv(tmp_path / name, {"BTCUSDT": GOOD, "ETHUSDT": GOOD}), tmp_path / "lake")
    assert (report.symbols, report.versions, report.rows, report.rejected) == (2, 1, 4, [])
    assert stored(tmp_path / "lake")[1] == (date(2024, 1, 1), "BTCUSDT", 2, 5000.0, 20000.0, 0.01, 20.0, 25.0)
    types = columns_of(tmp_path / "lake" / "reference" / "margin_brackets.parquet")
    assert list(types) == list(CSV_COLUMNS)
    assert list(types.values()) == ["DATE", "VARCHAR", "BIGINT", *["DOUBLE"] * 5]


def test_json_has_no_date_of_its_own(tmp_path: Path) -> None:
    file = tmp_path / "leverageBracket.json"
    file.write_text(json.dumps([as_json()]))
    import_brackets(file, tmp_path / "lake", as_of=date(2024, 5, 1))
    file.write_text(json.dumps(as_json("ETHUSDT")))
    import_brackets(file, tmp_path / "lake")
    assert {row[:2] for row in stored(tmp_path / "lake")} == {
        (date(2024, 5, 1), "BTCUSDT"),
        (datetime.now(UTC).date(), "ETHUSDT"),
    }


def events(symbol: str = "BTCUSDT") -> dict[str, object]:
    names = ("bnf", "bnc", "mmr", "ma", "cf")
    brackets = [{"bs": i, "mi": 1, **dict(zip(names, row, strict=True))} for i, row in enumerate(GOOD, 1)]
    return {"e": "contractInfo", "E": 1714521600000, "s": symbol, "cs": "TRADING", "bks": brackets}


def of_web_page(symbol: str = "BTCUSDT") -> dict[str, object]:
    names = (
        "bracketNotionalFloor", "bracketNotionalCap", "bracketMaintenanceMarginRate", "maxOpenPosLeverage",
        "cumFastMaintenanceAmount",
    )  # fmt: skip
    brackets = [{"bracketSeq": i, **dict(zip(names, row, strict=True))} for i, row in enumerate(GOOD, 1)]
    symbols = [{"symbol": symbol, "updateTime": 1714521600000, "riskBrackets": brackets}]
    return {"code": "000000", "message": None, "data": {"brackets": symbols}, "success": True}


def of_framework(*names: str) -> dict[str, object]:
    fields = as_json()["brackets"]
    assert isinstance(fields, list)
    tiers = [{"tier": 1.0, "info": {name: str(value) for name, value in row.items()}} for row in fields]
    return dict.fromkeys(names, tiers)


@pytest.mark.parametrize(
    ("text", "symbols"),
    [
        (json.dumps(events()), ["BTCUSDT"]),
        (json.dumps(events()) + "\n" + json.dumps(events("ETHUSDT")) + "\n", ["BTCUSDT", "ETHUSDT"]),
        (json.dumps([events(), events("ETHUSDT")]), ["BTCUSDT", "ETHUSDT"]),
        (json.dumps(of_web_page()), ["BTCUSDT"]),
        ("\ufeff" + json.dumps(of_web_page()), ["BTCUSDT"]),
        (json.dumps({"stream": "!contractInfo", "data": events()}), ["BTCUSDT"]),
    ],
)
def test_layouts_that_tell_their_day(tmp_path: Path, text: str, symbols: list[str]) -> None:
    """The values are equal to those of the REST answer, however the fields are called."""
    (tmp_path / "a.json").write_text(text, encoding="utf-8")
    import_brackets(tmp_path / "a.json", tmp_path / "lake")
    floats = [tuple(float(value) for value in row) for row in GOOD]
    expected = [(date(2024, 5, 1), symbol, i, *floats[i - 1]) for symbol in symbols for i in (1, 2)]
    assert stored(tmp_path / "lake") == expected


def test_a_trading_frameworks_file(tmp_path: Path) -> None:
    names = ("BTC/USDT:USDT", "ETH/USDT:USDT-241227", "1000SATS/USDT:USDT")
    (tmp_path / "a.json").write_text(json.dumps(of_framework(*names)))
    report = import_brackets(tmp_path / "a.json", tmp_path / "lake", as_of=date(2024, 5, 1))
    assert (report.symbols, report.rows, report.rejected) == (3, 6, [])
    assert {row[1] for row in stored(tmp_path / "lake")} == {"BTCUSDT", "ETHUSDT_241227", "1000SATSUSDT"}


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ('{"code": -2015, "msg": "Invalid API-key, IP, or permissions."}', "Invalid API-key, IP, or permissions."),
        ('{"code": "100001", "message": "illegal parameter", "data": null}', "illegal parameter"),
        ('[{"symbol": "X", "brackets": [{"bracket": 1, "cum": 0}]}]', "X: a bracket without notionalFloor"),
        ('{"a": 1}', "neither an answer of the exchange"),
        ("[" * 200_000, "holds no readable margin brackets"),
    ],
)
def test_what_is_no_layout_says_why(tmp_path: Path, text: str, said: str) -> None:
    (tmp_path / "a.json").write_text(text)
    with pytest.raises(LiqheatError, match=said):
        import_brackets(tmp_path / "a.json", tmp_path / "lake")


@pytest.mark.skipif(not CASE.exists(), reason="the field cases are not beside the project")
@pytest.mark.parametrize(
    ("name", "symbol", "rows"),
    [("ccxt_leverage_tiers", "AUCTIONUSDT", 4), ("leverageBracket", "AUCTIONUSDT", 4), ("x300", "BTCUSDT", 3)],
)
def test_field_case_12_is_taken(tmp_path: Path, name: str, symbol: str, rows: int) -> None:
    subprocess.run([sys.executable, CASE / "make.py", tmp_path], check=True)
    report = import_brackets(tmp_path / f"{name}.json", tmp_path / "lake")
    assert (report.symbols, report.rows, report.rejected) == (1, rows, [])
    assert {row[1] for row in stored(tmp_path / "lake")} == {symbol}


@pytest.mark.skipif(not CASE.exists(), reason="the field cases are not beside the project")
@pytest.mark.parametrize(
    ("name", "said"), [("gap_of_one", r"KAITOUSDT .*bracket 2"), ("error", "Invalid API-key, IP, or permissions for")]
)
def test_field_case_12_is_refused(tmp_path: Path, name: str, said: str) -> None:
    subprocess.run([sys.executable, CASE / "make.py", tmp_path], check=True)
    with pytest.raises(LiqheatError, match=said):
        import_brackets(tmp_path / f"{name}.json", tmp_path / "lake")


def test_a_version_is_replaced_and_others_stay(tmp_path: Path) -> None:
    lake = tmp_path / "lake"
    import_brackets(write_csv(tmp_path / "a.csv", {"BTCUSDT": GOOD, "ETHUSDT": GOOD}), lake)
    import_brackets(write_csv(tmp_path / "b.csv", {"BTCUSDT": GOOD}, "2024-02-01"), lake)
    import_brackets(write_csv(tmp_path / "c.csv", {"BTCUSDT": GOOD[:1]}), lake)
    assert [(str(row[0]), row[1], row[2]) for row in stored(lake)] == [
        ("2024-01-01", "BTCUSDT", 1),
        ("2024-02-01", "BTCUSDT", 1),
        ("2024-02-01", "BTCUSDT", 2),
        ("2024-01-01", "ETHUSDT", 1),
        ("2024-01-01", "ETHUSDT", 2),
    ]


@pytest.mark.parametrize(
    ("second", "reason"),
    [
        ((6000, 20000, 0.01, 20, 30), "does not begin where the one before ends"),
        ((5000, 4000, 0.01, 20, 25), "ends before it begins"),
        ((5000, 20000, 0.004, 20, -5), "rate is below the one before"),
        ((5000, 20000, 0.01, 60, 25), "leverage is above the one before"),
        ((5000, 20000, 0.01, 20, 26), "maintenance amount"),
        ((5000, 20000, 1.5, 20, 7475), "not between 0 and 1"),
        ((5000, 20000, 0.01, 0, 25), "leverage is no whole number from 1 to 1000"),
        ((5000, 20000, 0.01, 20.7, 25), "leverage is no whole number from 1 to 1000"),
        ((5000, 1e300, 0.01, 20, 25), "ends beyond every position"),
        ((5000, float("inf"), 0.01, 20, 25), "ends beyond every position"),
        ((5000, 20000, 0.01, 20, float("nan")), "maintenance amount"),
    ],
)
def test_what_cannot_be_the_exchanges_is_left_out(tmp_path: Path, second: tuple[float, ...], reason: str) -> None:
    lake = tmp_path / "lake"
    report = import_brackets(write_csv(tmp_path / "a.csv", {"BADUSDT": [GOOD[0], second], "BTCUSDT": GOOD}), lake)
    [(symbol, why)] = report.rejected
    assert symbol == "BADUSDT"
    assert reason in why
    assert "bracket 2" in why
    assert {row[1] for row in stored(lake)} == {"BTCUSDT"}
    with pytest.raises(LiqheatError, match="BADUSDT"):
        import_brackets(write_csv(tmp_path / "b.csv", {"BADUSDT": [GOOD[0], second]}), lake)


@pytest.mark.parametrize("as_of", ["0001-01-01", "1999-12-31", "2999-01-01", "9999-12-31"])
def test_a_day_that_cannot_be(tmp_path: Path, as_of: str) -> None:
    file = tmp_path / "a.json"
    file.write_text(json.dumps(as_json()))
    with pytest.raises(LiqheatError, match="cannot be valid from"):
        import_brackets(file, tmp_path / "lake", as_of=date.fromisoformat(as_of))
    with pytest.raises(LiqheatError, match="the date is not from 2019-01-01"):
        import_brackets(write_csv(tmp_path / "a.csv", {"BTCUSDT": GOOD}, as_of), tmp_path / "lake")


@pytest.mark.parametrize("symbol", ["", 5, 5.5, None, True, [], "5", "../x", "A" * 41, "BTC/USDT"])
def test_a_symbol_that_cannot_be(tmp_path: Path, symbol: object) -> None:
    file = tmp_path / "a.json"
    file.write_text(json.dumps([{**as_json(), "symbol": symbol}, as_json("ETHUSDT")]))
    report = import_brackets(file, tmp_path / "lake")
    assert [row[1] for row in stored(tmp_path / "lake")] == ["ETHUSDT", "ETHUSDT"]
    assert len(report.rejected) == 1


def test_a_bracket_number_that_is_not_whole(tmp_path: Path) -> None:
    text = write_csv(tmp_path / "a.csv", {"BTCUSDT": GOOD}).read_text().replace("BTCUSDT,2,", "BTCUSDT,1.5,")
    (tmp_path / "a.csv").write_text(text)
    with pytest.raises(LiqheatError, match="no whole number"):
        import_brackets(tmp_path / "a.csv", tmp_path / "lake")


def test_symbols_in_small_letters_are_taken_in_capitals(tmp_path: Path) -> None:
    report = import_brackets(write_csv(tmp_path / "a.csv", {"btcUsdt": GOOD, "币安人生usdt": GOOD}), tmp_path / "lake")
    assert report.respelled == ["btcUsdt", "币安人生usdt"]
    assert {row[1] for row in stored(tmp_path / "lake")} == {"BTCUSDT", "币安人生USDT"}


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("a.json", "not json"),
        ("a.json", "[" * 200_000),
        ("a.json", '[{"a":' * 100_000),
        ("a.json", "1" * 5000),
        ("a.json", json.dumps(as_json()).replace("5000", "9" * 400)),
        ("a.json", json.dumps(as_json()).replace("5000", '"' + "9" * 400 + '"')),
        ("a.json", json.dumps(as_json()).replace("5000", "null")),
        ("a.csv", "\r".join(CSV_COLUMNS)),
        ("a.csv", '"' * 200_001),
        ("a.csv.gz", "\x1f\x8b\x08 cut"),
        ("a.json", "[]"),
        ("a.json", '[{"symbol": "X"}]'),
        ("a.json", "7"),
        ("a.csv", "a,b\n1,2\n"),
        ("a.csv", ",".join(CSV_COLUMNS) + "\nnot a row\n"),
        ("a.csv.gz", "not gz"),
    ],
)
def test_unreadable_files_say_what_is_expected(tmp_path: Path, name: str, text: str) -> None:
    (tmp_path / name).write_text(text)
    with pytest.raises(LiqheatError, match="leverageBracket"):
        import_brackets(tmp_path / name, tmp_path / "lake")
    assert not (tmp_path / "lake" / "reference").exists()
    with pytest.raises(LiqheatError):
        import_brackets(tmp_path / "missing.json", tmp_path / "lake")
