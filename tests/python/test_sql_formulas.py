"""The SQL formulas against independent ones, on values that hypothesis chooses."""

from __future__ import annotations

import math
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb
import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from conftest import ROOT, Workspace
from liquidation_heatmap import margin
from reference_margin import maintenance_margin

FORMULAS = """
select
    position_liquidation_price(side, entry_price, leverage, entry_price * quantity, brackets) as liquidation_price,
    maintenance_margin_of(entry_price * quantity, brackets) as maintenance_margin,
    bin_floor(entry_price) as price_low,
    bin_ceiling(entry_price) as price_high,
    bin_width(entry_price) as bin_width
from cases
"""


@st.composite
def schedules(draw: st.DrawFn) -> margin.MarginBrackets:
    count = draw(st.integers(1, 12))
    widths = draw(st.lists(st.integers(1_000, 10_000_000), min_size=count, max_size=count))
    steps = draw(st.lists(st.integers(1, 60), min_size=count, max_size=count))
    rates = np.cumsum(steps) / 1000.0
    edges = np.concatenate([[0], np.cumsum(widths)]).astype(float)
    return margin.MarginBrackets(edges[:-1], edges[1:], rates, np.floor(0.99 / rates).clip(min=1))


def evaluate(published: Path, cases: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Evaluate functions of a published file over a table named cases."""
    with duckdb.connect() as connection:
        connection.execute(f"attach '{published}' as published (read_only)")
        numbers = ("entry_price", "leverage", "quantity")
        rows = ", ".join(
            f"({case['side']!r}, {', '.join(f'{case[name]!r}::double' for name in numbers)}, {case['brackets']})"
            for case in cases
        )
        connection.execute(
            f"create table memory.cases as from (values {rows}) as t(side, entry_price, leverage, quantity, brackets)"
        )
        connection.execute("set search_path = 'published,memory'")
        cursor = connection.execute(FORMULAS)
        names = [column[0] for column in cursor.description]
        return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]


def listed(brackets: margin.MarginBrackets) -> str:
    columns = (brackets.max_notional, brackets.margin_rate, brackets.max_leverage, brackets.maintenance_amount)
    names = ("max_notional", "margin_rate", "max_leverage", "maintenance_amount")
    structs = (
        ", ".join(f"{n!r}: {float(v)!r}::double" for n, v in zip(names, row, strict=True))
        for row in zip(*columns, strict=True)
    )
    return "[" + ", ".join(f"{{{struct}}}" for struct in structs) + "]"


positions = st.fixed_dictionaries(
    {
        "side": st.sampled_from(["long", "short"]),
        "entry_price": st.floats(1e-6, 1e6).map(lambda p: float(f"{p:.6g}")),
        "leverage": st.integers(1, 150).map(float),
        "notional": st.floats(10.0, 5e7),
    }
)


@settings(max_examples=60, deadline=None)
@given(brackets=schedules(), drawn=st.lists(positions, min_size=1, max_size=30))
def test_sql_prices_are_those_of_the_independent_formula(
    sample: Workspace, brackets: margin.MarginBrackets, drawn: list[dict[str, Any]]
) -> None:
    cases = [{**d, "quantity": d["notional"] / d["entry_price"], "brackets": listed(brackets)} for d in drawn]
    for case, actual in zip(cases, evaluate(sample.published, cases), strict=True):
        expected = margin.liquidation_price(
            1 if case["side"] == "long" else -1, case["entry_price"], case["leverage"], case["quantity"], brackets
        ).item()
        price = actual["liquidation_price"]
        assert (price is None) == math.isnan(expected)
        if price is not None:
            assert price == pytest.approx(expected, rel=1e-12, abs=1e-12 * case["entry_price"])
        notional = case["entry_price"] * case["quantity"]
        assert actual["maintenance_margin"] == pytest.approx(maintenance_margin(notional, brackets), rel=1e-9)


def brute_force_bin(price: float) -> tuple[float, float]:
    """The bin by its definition, in decimals: ten basis points rounded down to 1, 2 or 5 times a power of ten."""
    exact = Decimal(repr(price))
    wide = exact / 1000
    power = Decimal(10) ** (wide.adjusted())
    width = max(step * power for step in (1, 2, 5) if step * power <= wide)
    low = (exact // width) * width
    return float(low), float(low + width)


@settings(max_examples=40, deadline=None)
@given(prices=st.lists(st.decimals("0.0000001", "9999999", places=8), min_size=1, max_size=100))
# The prices at which the width changes.
@example(prices=[Decimal(step).scaleb(power) for step in (1, 2, 5) for power in range(-7, 7)])
def test_bins_follow_their_definition(sample: Workspace, prices: list[Decimal]) -> None:
    brackets = listed(margin.MarginBrackets(np.array([0.0]), np.array([1e9]), np.array([0.01]), np.array([50.0])))
    # Prices with eight significant digits, as exchanges quote them.
    rounded = [float(f"{price:.8g}") for price in prices]
    cases = [
        {"side": "long", "entry_price": p, "leverage": 1.0, "quantity": 1.0, "brackets": brackets} for p in rounded
    ]
    for price, actual in zip(rounded, evaluate(sample.published, cases), strict=True):
        assert (actual["price_low"], actual["price_high"]) == brute_force_bin(price)
        assert actual["bin_width"] == pytest.approx(actual["price_high"] - actual["price_low"], rel=1e-6)


def test_versions_agree() -> None:
    version = f'version = "{_quoted(ROOT / "pyproject.toml", "version = ")}"'
    assert _quoted(ROOT / "dbt_project.yml", "version: ") in version
    assert (
        f"'{_quoted(ROOT / 'pyproject.toml', 'version = ')}'" in (ROOT / "macros" / "project_version.sql").read_text()
    )


def _quoted(file: Path, prefix: str) -> str:
    line = next(line for line in file.read_text().splitlines() if line.startswith(prefix))
    return line.removeprefix(prefix).strip('"')
