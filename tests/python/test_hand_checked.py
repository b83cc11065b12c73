"""Published values of a market small enough to follow by hand, each beside the arithmetic that gives it.

The folder `hand_checked/` has the market: four bars, with an opening stock, a large short, a fall that sweeps longs and
a rise that sweeps shorts. `hand_checked.csv` has the values. Their arithmetic is Python's, with words in square
brackets that say what a number is. A name in it is the value of the row of that name further up, and a row without a
mart is a step on the way. Rounding is part of the arithmetic where the project rounds, so every value holds to 1e-9 of
itself.
"""

from __future__ import annotations

import csv
import math
import re
from collections.abc import Iterator
from itertools import product
from pathlib import Path
from typing import Any

import duckdb
import pytest

from conftest import Once, Workspace
from lake.archive_builder import AGG_HEADER, FUNDING_HEADER, KLINE_HEADER, METRICS_HEADER, folder_of, ms

pytestmark = pytest.mark.slow

FOLDER = Path(__file__).parent / "hand_checked"
# Two symbols with the same market, the second without open interest: its books are shares without an amount.
SYMBOL, WITHOUT_OPEN_INTEREST = "HANDUSDT", "HANDSHARESUSDT"
DAY, BAR_MS = "2026-01-05", 300_000
FORCED_ORDER_HEADER = (
    "time,side,order_type,time_in_force,original_quantity,price,average_price,order_status,last_fill_quantity,"
    "accumulated_fill_quantity"
)
FUNCTIONS = {"max": max, "min": min, "round": round, "exp": math.exp, "ln": math.log, "sqrt": math.sqrt}
TOLERANCE = 1e-9

Row = dict[str, str]


def read(name: str) -> list[Row]:
    with (FOLDER / f"{name}.csv").open() as rows:
        return list(csv.DictReader(rows))


SHEET = read("hand_checked")
PUBLISHED = [row for row in SHEET if row["mart"]]
NAMED = {row["name"]: row["value"] for row in SHEET if row["name"]}


def without_words(arithmetic: str) -> str:
    return re.sub(r"\[[^\]]*\]", "", arithmetic)


def in_numbers(row: Row) -> str:
    """The arithmetic of a row, with numbers for names."""
    return re.sub(r"\[[^\]]*\]|\w+", lambda word: NAMED.get(word[0], word[0]), row["arithmetic"])


def is_same(found: object, value: str) -> bool:
    try:
        return math.isclose(float(str(found)), float(value), rel_tol=TOLERANCE, abs_tol=TOLERANCE)
    except ValueError:  # text, or no value at all
        return str(found) == value


def subject(row: Row) -> str:
    """The mart, or the function that is asked."""
    return re.search(r"(?:select )?(\w+)", row["mart"])[1]  # type: ignore[index]


def archive_files() -> dict[str, list[str]]:
    """Lines of the market's files as the exchange's archive has them, by dataset."""
    return {
        "aggTrades": [
            AGG_HEADER,
            *(
                f"{i},{t['price']},{t['coins']},{i},{i},{ms(t['at'])},{str(t['taker_side'] == 'sell').lower()}"
                for i, t in enumerate(read("trades"), start=1)
            ),
        ],
        "klines": [
            KLINE_HEADER,
            *(
                f"{ms(b['bar_at'])},{b['open']},{b['high']},{b['low']},{b['close']},{b['volume_coins']},"
                f"{ms(b['bar_at']) + BAR_MS - 1},{b['volume_quote']},10,{b['taker_buy_coins']},,0"
                for b in read("bars")
            ),
        ],
        "markPriceKlines": [
            KLINE_HEADER,
            *(
                f"{ms(b['bar_at'])},{b['open']},{b['high']},{b['low']},{b['close']},0,"
                f"{ms(b['bar_at']) + BAR_MS - 1},0,0,0,0,0"
                for b in read("mark_prices")
            ),
        ],
        "metrics": [METRICS_HEADER, *(f"{o['at']},{SYMBOL},{o['coins']},1,1,1,1,1" for o in read("open_interest"))],
        "fundingRate": [
            FUNDING_HEADER,
            *(f"{ms(p['at'])},{p['interval_hours']},{p['rate']}" for p in read("funding")),
        ],
        "liquidationSnapshot": [
            FORCED_ORDER_HEADER,
            *(
                f"{ms(o['at'])},{o['order_side']},LIMIT,IOC,{o['coins']},{o['limit_price']},{o['average_price']},"
                f"FILLED,{o['coins']},{o['coins']}"
                for o in read("liquidations")
            ),
        ],
    }


@pytest.fixture(scope="module")
def published(once: Once) -> Iterator[duckdb.DuckDBPyConnection]:
    """The published file of the market, built with the project's own settings."""

    def fill(workspace: Workspace) -> None:
        files = workspace.folder / "files"
        for symbol, (dataset, lines) in product((SYMBOL, WITHOUT_OPEN_INTEREST), archive_files().items()):
            if symbol == SYMBOL or dataset != "metrics":
                interval = "5m" if dataset.lower().endswith("klines") else ""
                folder = folder_of(files, dataset, symbol, DAY, interval=interval)
                (folder / f"{symbol}-{interval or dataset}-{DAY}.csv").write_text("\n".join([*lines, ""]))
        workspace.run("liqheat", "ingest", str(files))
        workspace.run("liqheat", "import", "brackets", str(FOLDER / "brackets.csv"))
        workspace.build()

    with duckdb.connect(str(once("hand_checked", fill).published), read_only=True) as connection:
        yield connection


@pytest.mark.parametrize("name", sorted({subject(row) for row in PUBLISHED}))
def test_published_values_are_those_worked_out_by_hand(published: duckdb.DuckDBPyConnection, name: str) -> None:
    wrong = []
    for row in (row for row in PUBLISHED if subject(row) == name):
        conditions = [part.split("=") for part in row["key"].split("; ") if part]
        where = " and ".join(f"{column} = '{value}'" for column, value in conditions) or "true"
        found = published.sql(f"select {row['column']} from {row['mart']} where {where}").fetchall()
        if len(found) != 1 or not is_same(found[0][0], row["value"]):
            wrong.append(
                f"{row['column']} of {row['mart']}, {row['key'] or 'its one row'}:\n  published {found}\n"
                f"  by hand   {row['value']} = {in_numbers(row)}"
            )
    assert not wrong, "\n".join(wrong)


def test_every_value_is_what_its_arithmetic_gives() -> None:
    known: dict[str, Any] = dict(FUNCTIONS)
    for row in SHEET:
        result = eval(without_words(row["arithmetic"]), {"__builtins__": {}}, known)
        assert is_same(result, row["value"]), f"{in_numbers(row)} is {result}, and hand_checked.csv says {row['value']}"
        if row["name"]:
            assert row["name"] not in known, f"two rows of hand_checked.csv have the name {row['name']}"
            known[row["name"]] = result


def test_the_values_are_many_and_every_step_is_used() -> None:
    assert len(PUBLISHED) >= 40
    words = " ".join(without_words(row["arithmetic"]) for row in SHEET)
    assert {row["name"] for row in SHEET if not row["mart"]} <= set(re.findall(r"\w+", words))
