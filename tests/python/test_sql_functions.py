"""The SQL functions of the published file: against independent arithmetic, and wherever the file is opened."""

from __future__ import annotations

import json
import math
import re
import shutil
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import duckdb
import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from conftest import Workspace
from liquidation_heatmap import margin
from reference_margin import Account, Leg, maintenance_margin

SYMBOL = "SIMULATEDUSDT"
SIDES = {"long": 1, "short": -1}


@pytest.fixture(scope="module")
def examples(sample: Workspace) -> dict[str, str]:
    return dict(sample.query("select name, example from sql_functions"))


def manifest(workspace: Workspace) -> dict[str, Any]:
    return json.loads((workspace.folder / "target" / "manifest.json").read_text())


def test_every_function_is_published_with_an_example_and_known_to_the_lineage(
    sample: Workspace, examples: dict[str, str]
) -> None:
    project = manifest(sample)
    functions = {node["unique_id"]: node for node in project["functions"].values()}
    assert {node["name"] for node in functions.values()} == set(examples)
    assert set(functions) <= set(project["parent_map"]["model.liquidation_heatmap.sql_functions"])
    assert (
        "model.liquidation_heatmap.sql_functions" in project["parent_map"]["model.liquidation_heatmap.published_file"]
    )
    for node in functions.values():
        assert node["name"] in node["meta"]["example"]
        parents = [parent for parent in node["depends_on"]["nodes"] if parent not in functions]
        schemas = {project["nodes"][parent]["schema"] for parent in parents}
        assert schemas <= {"marts"}, f"{node['name']} reads what is not published"


def test_examples_work_when_the_file_is_opened_alone(
    sample: Workspace, examples: dict[str, str], tmp_path: Path
) -> None:
    # A copy in a folder of its own, where no other file can be read by mistake.
    alone = tmp_path / "elsewhere.duckdb"
    shutil.copy(sample.published, alone)
    for name, statement in examples.items():
        assert sample.query(statement, database=alone), name


def test_examples_work_when_the_file_is_attached_under_any_name(sample: Workspace, examples: dict[str, str]) -> None:
    with duckdb.connect() as connection:
        connection.execute(f"attach '{sample.published}' as \"another name\" (read_only)")
        connection.execute('use "another name"')
        for name, statement in examples.items():
            assert connection.execute(statement).fetchall(), name


Brackets = dict[tuple[str, date], margin.MarginBrackets]


@pytest.fixture(scope="module")
def schedules(sample: Workspace) -> Brackets:
    rows = sample.query(
        "select symbol, valid_from, list(min_notional), list(max_notional), list(margin_rate), list(max_leverage)"
        " from (from margin_tiers order by symbol, valid_from, tier_number) group by all"
    )
    return {(symbol, first): margin.MarginBrackets(*map(np.array, columns)) for symbol, first, *columns in rows}


def in_force(schedules: Brackets, symbol: str, day: date | None) -> margin.MarginBrackets | None:
    known = [first for name, first in schedules if name == symbol and (day is None or first <= day)]
    return schedules[symbol, max(known)] if known else None


positions = st.fixed_dictionaries(
    {
        "symbol": st.sampled_from(["BTCUSDT", "ETHUSDT", SYMBOL, "NOSUCHUSDT"]),
        "side": st.sampled_from(["long", "short", "neither"]),
        "entry_price": st.floats(1e-4, 1e6) | st.sampled_from([0.0, -1.0, math.inf, math.nan]),
        "leverage": st.integers(1, 200).map(float) | st.sampled_from([0.0, -5.0, 0.5, math.inf, math.nan]),
        "notional": st.floats(1.0, 1e9) | st.sampled_from([0.0, -10.0, 50_000.0, 300_000.0, 800_000.0, 5e6]),
        "as_of": st.dates(date(2022, 6, 1), date(2026, 12, 31)) | st.none(),
    }
)


@settings(max_examples=30, deadline=None)
@given(drawn=st.lists(positions, min_size=1, max_size=40))
@example(
    drawn=[
        {
            "symbol": "BTCUSDT",
            "side": "long",
            "entry_price": p,
            "leverage": x,
            "notional": n,
            "as_of": date(2025, 10, 14),
        }
        for p in (0.3, 7.0, 61_234.56)
        for n in (300_000.0, 300_000.01, 800_000.0)
        for x in (100.0, 101.0, 125.0, 126.0)
    ]
)
def test_margin_functions_are_those_of_the_independent_formula(
    sample: Workspace, schedules: Brackets, drawn: list[dict[str, Any]]
) -> None:
    sql = (
        "select liquidation_price($side, $entry_price, $leverage, $notional, $symbol, $as_of),"
        " maintenance_margin($symbol, $notional, $as_of),"
        " (select any_value(m) from margin($side, $entry_price, $leverage, $notional, $symbol, $as_of) as m)"
    )
    bracketed = {symbol for symbol, _ in schedules}
    with duckdb.connect(str(sample.published), read_only=True) as connection:
        for case in drawn:
            is_right = (
                case["symbol"] in bracketed
                and case["side"] in SIDES
                and 0 < case["entry_price"] < math.inf
                and 1 <= case["leverage"] < math.inf
                and case["notional"] >= 0
            )
            if not is_right:
                with pytest.raises(duckdb.InvalidInputException, match="What to do"):
                    connection.execute(sql, case).fetchall()
                continue
            price, needed, row = connection.execute(sql, case).fetchall()[0]
            brackets = in_force(schedules, case["symbol"], case["as_of"])
            is_possible = (
                brackets is not None
                and case["notional"] > 0
                and bool(case["leverage"] <= margin.max_leverage(case["notional"], brackets))
            )
            assert (needed is None) == (brackets is None), case
            if brackets is not None and needed is not None:
                assert needed == pytest.approx(maintenance_margin(case["notional"], brackets), rel=1e-9)
            assert (price is None) == (row is None) == (not is_possible), case
            if price is None or brackets is None:
                continue
            side, entry, notional = SIDES[case["side"]], case["entry_price"], case["notional"]
            quantity = notional / entry
            wallet = notional / case["leverage"]
            leg = Leg(side, entry, quantity)
            account = Account((leg,), wallet, 0.0, 0.0, brackets)
            # The wallet is known to the rounding of the whole notional.
            assert price == pytest.approx(account.liquidation_price(leg), rel=1e-9, abs=1e-9 * entry)
            assert row["liquidation_price"] == price
            assert row["initial_margin_quote"] == pytest.approx(wallet)
            assert row["maintenance_margin_quote"] == pytest.approx(account.maintenance_margin())
            assert row["liquidation_margin_quote"] == pytest.approx(
                account.equity(price), rel=1e-6, abs=1e-9 * notional
            )
            assert row["bankruptcy_price"] == pytest.approx(account.bankruptcy_price, abs=1e-9 * entry)


def test_functions_take_columns_as_arguments(sample: Workspace) -> None:
    """They are made for one call per row of a table of positions."""
    by_row = "select side, leverage, liquidation_price(side, price_low, leverage, 1000, symbol) from {} order by all"
    table = "(select * from liquidation_levels where model = 'ensemble' using sample 50)"
    with duckdb.connect(str(sample.published), read_only=True) as connection:
        connection.execute(f"create temporary table positions as from {table}")
        together = connection.execute(by_row.format("positions")).fetchall()
        singly = []
        for row in connection.execute("select side, price_low, leverage, symbol from positions").fetchall():
            (price,) = connection.execute("select liquidation_price($1, $2, $3, 1000, $4)", row).fetchall()[0]
            singly.append((row[0], row[2], price))
    assert sorted(singly) == sorted(together)
    assert all(price is not None for *_, price in together)


@pytest.mark.parametrize("within", [None, 5.0])
def test_levels_are_the_densest_bins_of_each_side(sample: Workspace, within: float | None) -> None:
    ((mark,),) = sample.query("select mark_price from symbols")
    bins: dict[tuple[str, float, float], list[float]] = {}
    for side, price_low, price_high, notional, expected in sample.query(
        "select side, price_low, price_high, notional_quote, expected_quote from liquidation_levels "
        "where model = 'open_interest'"
    ):
        total = bins.setdefault((side, price_low, price_high), [0.0, 0.0])
        total[0] += notional
        total[1] += expected
    for side in SIDES:
        densest = []
        for (its_side, low, high), (notional, expected) in bins.items():
            away = mark - high if side == "long" else low - mark
            if its_side == side and (within is None or away <= mark * within / 100):
                densest.append((notional / (100 * (high - low) / ((high + low) / 2)), notional, expected))
        rows = sample.query(
            "select quote_per_pct, notional_quote, expected_quote "
            "from levels($symbol, 'open_interest', 7, within_pct := $within) where side = $side",
            {"symbol": SYMBOL, "side": side, "within": within},
        )
        assert [list(row) for row in rows] == [
            pytest.approx(list(values), rel=1e-9, abs=1e-6) for values in sorted(densest, reverse=True)[:7]
        ]


@pytest.mark.parametrize(
    ("call", "said"),
    [
        ("walls(-1)", "within_pct is -1"),
        ("walls('nan'::double)", "within_pct is nan"),
        (f"levels('{SYMBOL}', within_pct := -5)", "within_pct is -5"),
        (f"levels('{SYMBOL}', top_n := 0)", "top_n is 0"),
        (f"at_risk('{SYMBOL}', null)", "to_price is 0"),
        (f"at_risk('{SYMBOL}', -1)", "to_price is -1"),
        (f"at_risk('{SYMBOL}', 'inf'::double)", "to_price is inf"),
        ("at_risk('SIMULATEDUSD', 1)", "did you mean SIMULATEDUSDT"),
        (f"at_risk('{SYMBOL}', 1, model := 'ensembel')", "did you mean ensemble"),
        (f"at_risk_curve('{SYMBOL}', venue := 'binanc')", "did you mean binance"),
    ],
)
def test_a_wrong_argument_is_an_error_and_no_empty_answer(sample: Workspace, call: str, said: str) -> None:
    with pytest.raises(duckdb.InvalidInputException, match=re.escape(said)):
        sample.query(f"from {call}")


@pytest.mark.parametrize("move", [-0.3, -0.05, 0.0, 0.01, 0.2])
def test_at_risk_is_the_sum_of_the_bins_that_a_move_enters(sample: Workspace, move: float) -> None:
    ((mark,),) = sample.query("select mark_price from symbols")
    to_price = mark * (1 + move)
    ((side, notional, expected),) = sample.query(
        "select side, notional_quote, expected_quote from at_risk($symbol, $price)",
        {"symbol": SYMBOL, "price": to_price},
    )
    entered = "side = 'long' and price_high > $price" if move < 0 else "side = 'short' and price_low <= $price"
    ((held, hoped),) = sample.query(
        "select coalesce(sum(notional_quote), 0), coalesce(sum(expected_quote), 0) from liquidation_levels "
        f"where model = 'ensemble' and {entered}",
        {"price": to_price},
    )
    assert side == ("long" if move < 0 else "short")
    assert (notional, expected) == (pytest.approx(held, rel=1e-9), pytest.approx(hoped, rel=1e-9))
    # The curve says the same at every edge between the mark price and there.
    ((last,),) = sample.query(
        "select coalesce(max(notional_quote), 0) from at_risk_curve($symbol) "
        "where side = $side and abs(distance_pct) <= 100 * abs($move)",
        {"symbol": SYMBOL, "side": side, "move": move},
    )
    assert last == notional


def test_heatmap_and_history_hold_what_lies_from_and_before(sample: Workspace) -> None:
    for function, mart in (("heatmap", "liquidation_heatmap"), ("history", "liquidation_history")):
        rows = [r for r in sample.query(f"from {mart} order by all") if r[3] == "ensemble"]
        times = sorted({row[0] for row in rows})
        first, last = times[3], times[-2]
        bounds = {"symbol": SYMBOL, "first": first, "last": last}
        found = sample.query(f"from {function}($symbol, from_at := $first, to_at := $last) order by all", bounds)
        assert found == [row for row in rows if first <= row[0] < last]
        assert sample.query(f"from {function}($symbol) order by all", {"symbol": SYMBOL}) == rows
        # The earliest row comes first, in whatever order the engine reads rows.
        assert [row[0] for row in sample.query(f"from {function}($symbol)", {"symbol": SYMBOL})] == sorted(
            row[0] for row in rows
        )
        nothing = {"symbol": SYMBOL, "from": last + timedelta(days=900)}
        assert sample.query(f"from {function}($symbol, from_at := $from)", nothing) == []


def test_zones_and_tiers_are_rows_of_their_marts(sample: Workspace) -> None:
    zones = sample.query("from zones($symbol, 'position_lifecycle') order by all", {"symbol": SYMBOL})
    assert zones == sample.query(
        "from liquidation_zones where model = 'position_lifecycle' and zone_rank > 0 order by all"
    )
    assert zones
    versions = sample.query(
        "select distinct valid_from, valid_to from margin_tiers where symbol = 'BTCUSDT' order by 1"
    )
    assert len(versions) > 2
    for valid_from, valid_to in versions:
        last = (valid_to or date(2099, 1, 1)) - timedelta(days=1)
        for at in (datetime.combine(valid_from, datetime.min.time()), datetime.combine(last, datetime.max.time())):
            found = sample.query("select distinct valid_from from tiers('BTCUSDT', $at)", {"at": at})
            assert found == [(valid_from,)]
    assert sample.query("select distinct valid_to from tiers('BTCUSDT')") == [(None,)]
    assert sample.query("from tiers('BTCUSDT', '2010-01-01')") == []


def test_health_is_the_health_of_the_build(sample: Workspace) -> None:
    assert sample.query("from health()") == sample.query("from health")
