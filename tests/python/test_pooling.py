"""Slopes that markets have in common: found where there is a law, and not claimed where little was observed."""

from __future__ import annotations

import pandas as pd
import pytest

from conftest import Workspace
from liquidation_heatmap.learn.pooling import pool_slopes
from test_forecast import LONG, PATH, RANGE, SLOPES, SWEPT, market


def markets(days: int) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Three symbols whose liquidations follow the law, and a fourth that was observed for a month."""
    lengths = {"AUSDT": days, "BUSDT": days, "CUSDT": days, "NEWUSDT": min(days, 30)}
    observed = pd.concat(
        [market(seed, days=length).assign(symbol=symbol) for seed, (symbol, length) in enumerate(lengths.items())]
    )
    swings = observed[["symbol", "source", "side", "starts_at"]].assign(
        **{f"beyond_{hours}h_pct": 0.0 for hours in (12, 24, 72, 168)}
    )
    return observed, swings


def test_the_law_is_found_whatever_the_present_slopes_are() -> None:
    observed, swings = markets(180)
    wrong = SLOPES.assign(slope=SLOPES["slope"] + 0.5)
    found = pool_slopes(observed, swings, wrong)
    assert found[["regression", "covariate"]].equals(SLOPES[["regression", "covariate"]])
    slopes = found[found["regression"] == "forecast"].set_index("covariate")["slope"]
    assert slopes.to_dict() == pytest.approx({"long": LONG, "path": PATH, "range": RANGE, "swept": SWEPT}, abs=0.1)
    (source,) = set(found["source"])
    assert "AUSDT (totals of 240 minutes), BUSDT" in source
    assert "NEWUSDT" not in source
    assert source.endswith("2026-01-01 to 2026-06-30")


def test_a_month_is_too_little() -> None:
    assert pool_slopes(*markets(30), SLOPES).empty
    observed, swings = markets(90)
    assert pool_slopes(observed.assign(realised_quote=0.0), swings, SLOPES).empty


@pytest.mark.slow
def test_without_observations_it_says_what_to_do(workspace: Workspace, sample: Workspace) -> None:
    said = workspace.run("liqheat", "slopes", status=1)
    assert "build first" in said
    assert "Traceback" not in said
    assert "60 days of observed liquidations" in sample.run("liqheat", "slopes", status=1).replace("\n", " ")
