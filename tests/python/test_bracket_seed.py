"""The seeded brackets, and the amounts derived from them, are the exchange's published ones."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from conftest import ROOT, SHARED_ARCHIVE
from liquidation_heatmap.margin import MarginBrackets
from liquidation_heatmap.simulate import SIMULATED_SYMBOL, simulated_brackets

pytestmark = pytest.mark.slow

SEED = pd.read_csv(ROOT / "seeds" / "margin_brackets.csv")
PUBLISHED_VERSIONS = 3388  # of 688 symbols
PUBLISHED = SHARED_ARCHIVE.parent / "reference" / "leverage-brackets.csv.gz"


def brackets_of(rows: pd.DataFrame) -> MarginBrackets:
    columns = ("min_notional", "max_notional", "margin_rate", "max_leverage")
    return MarginBrackets(*(rows[column].to_numpy(dtype=float) for column in columns))


@pytest.mark.skipif(not PUBLISHED.exists(), reason="published brackets are not on this machine")
def test_every_seeded_version_is_the_published_one_in_force() -> None:
    published = pd.read_csv(PUBLISHED)
    real = SEED[SEED["symbol"] != SIMULATED_SYMBOL]
    compared = 0
    for (symbol, as_of), expected in published[published["symbol"].isin(real["symbol"])].groupby(["symbol", "as_of"]):
        versions = real[(real["symbol"] == symbol) & (real["first_seen_on"] <= as_of)]
        seeded = brackets_of(versions[versions["first_seen_on"] == versions["first_seen_on"].max()])
        np.testing.assert_array_equal(seeded.max_notional, expected["notional_cap"])
        np.testing.assert_array_equal(seeded.margin_rate, expected["maintenance_margin_rate"])
        np.testing.assert_array_equal(seeded.max_leverage, expected["max_leverage"])
        np.testing.assert_allclose(seeded.maintenance_amount, expected["maintenance_amount"], atol=0.01)
        compared += 1
    assert compared == PUBLISHED_VERSIONS


def test_simulated_market_uses_the_seeded_brackets() -> None:
    seeded = brackets_of(SEED[SEED["symbol"] == SIMULATED_SYMBOL])
    for column in ("min_notional", "max_notional", "margin_rate", "max_leverage"):
        np.testing.assert_array_equal(getattr(seeded, column), getattr(simulated_brackets(), column))
