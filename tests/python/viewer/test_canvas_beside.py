"""What the canvas is sent besides its picture is what the file says, and nothing where the file does not know."""

from __future__ import annotations

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest
from test_pages import Opener, opener, sent  # noqa: F401

from conftest import Workspace

pytestmark = pytest.mark.slow

SYMBOL = "SIMULATEDUSDT"


def shown(page: AppTest) -> AppTest:
    assert not page.exception
    return page


def test_the_curve_is_that_of_the_function(opener: Opener, sample: Workspace) -> None:  # noqa: F811
    header, arrays = sent(shown(opener("heatmap", model="open_interest")))
    curve = sample.query(
        "select price, side = 'short', notional_quote, expected_quote, expected_low_quote, expected_high_quote "
        "from at_risk_curve($symbol, model := 'open_interest') order by price",
        {"symbol": SYMBOL},
    )
    names = ("risk_price", "risk_short", "risk_amount", "risk_expected", "risk_low", "risk_high")
    for name, expected in zip(names, zip(*curve, strict=True), strict=True):
        assert arrays[name] == pytest.approx(np.array(expected, np.float64), rel=1e-6), name
    assert header["chanceOf"] == 1e6
    assert header["venue"] == "binance"


def test_brackets_are_those_in_force(opener: Opener, sample: Workspace) -> None:  # noqa: F811
    _, arrays = sent(shown(opener("heatmap")))
    brackets = sample.query(
        "select unnest(brackets_of($symbol, null), recursive := true)",
        {"symbol": SYMBOL},
    )
    names = ("bracket_most", "bracket_rate", "bracket_leverage", "bracket_amount")
    assert list(zip(*(arrays[name] for name in names), strict=True)) == brackets


@pytest.mark.parametrize("observations", [0, 7])
def test_a_share_that_nobody_has_checked_is_a_prior(opener: Opener, observations: int) -> None:  # noqa: F811
    page = opener("heatmap", f"update model_weights set observations = {observations}")
    assert sent(shown(page))[0]["isPrior"] is (observations == 0)


def test_without_open_interest_nothing_is_expected(opener: Opener) -> None:  # noqa: F811
    page = opener(
        "heatmap",
        "update symbols set open_interest_coins = null, open_interest_quote = null",
        "update liquidation_levels set notional_quote = null, expected_quote = null, expected_low_quote = null, "
        "expected_high_quote = null, quote_per_pct = null",
        "update book_scales set quantity_per_coin = null, ensemble_per_coin = null where model <> 'ensemble'",
        model="open_interest",
    )
    header, arrays = sent(shown(page))
    assert header["unit"] == "% of its side"
    assert np.isnan(arrays["risk_expected"]).all()
    assert np.isnan(arrays["risk_chance"]).all()
    # Percent of the side, to all of it.
    assert arrays["risk_amount"].max() == pytest.approx(100, abs=0.01)


def test_of_a_contract_that_has_ended_nothing_is_said_of_now(opener: Opener) -> None:  # noqa: F811
    _, arrays = sent(shown(opener("heatmap", "update symbols set is_trading = false")))
    assert not [name for name in arrays if name.startswith("risk_")]
    assert len(arrays["bracket_most"])
