"""The slopes that markets have in common, to which the forecast of each is shrunk (seeds/forecast_slopes.csv)."""

from __future__ import annotations

import numpy as np
import pandas as pd
from threadpoolctl import threadpool_limits

from liquidation_heatmap.learn.forecast import fit_forecast, slopes_of, swept_of

# Fewer days do not tell the slopes of a market from those of others.
LEAST_DAYS = 60
# Of a slope around the present one: so wide that observations decide, and so narrow that one they say nothing of stays.
DEVIATION = 1.0


def pool_slopes(observations: pd.DataFrame, swings: pd.DataFrame, slopes: pd.DataFrame) -> pd.DataFrame:
    """Fit every regression to every market and average the slopes; each market counts alike, each of its days too.

    Args:
        observations: rows of int_forecast_observations of one model, without those in the burn-in.
        swings: rows of int_swing_extremes.
        slopes: rows of the present seed, which names the regressions and their covariates.

    Returns:
        The columns of the seed, slopes with two decimals; no rows where no market has ``LEAST_DAYS`` days with
        observations and something liquidated.
    """
    joined = observations.merge(swings, on=["symbol", "source", "side", "starts_at"])
    markets = {
        (str(symbol), str(source)): rows.sort_values(["starts_at", "side"])
        for (symbol, source), rows in joined.groupby(["symbol", "source"])
        if rows["starts_at"].dt.floor("D").nunique() >= LEAST_DAYS and rows["realised_quote"].any()
    }
    rows = []
    with threadpool_limits(limits=1):
        for regression in dict.fromkeys(slopes["regression"]) if markets else ():
            present = slopes_of(slopes, regression)
            fitted = [_slopes_of_market(rows_of_market, present) for rows_of_market in markets.values()]
            rows += [
                (regression, covariate, round(float(np.mean([of_market[covariate] for of_market in fitted])), 2))
                for covariate in present
            ]
    table = pd.DataFrame(rows, columns=["regression", "covariate", "slope"])
    return table.assign(source=_named(markets) if markets else "")


def _slopes_of_market(ordered: pd.DataFrame, present: dict[str, float]) -> dict[str, float]:
    observed = swept_of(ordered)
    weights = np.ones(len(observed.day))
    return fit_forecast(observed, present, deviation=DEVIATION, weights=weights).slopes


def _named(markets: dict[tuple[str, str], pd.DataFrame]) -> str:
    first = min(rows["starts_at"].min() for rows in markets.values())
    last = max(rows["ends_at"].max() for rows in markets.values())
    of_markets = ", ".join(f"{symbol} ({source})" for symbol, source in markets)
    return f"{of_markets}; {first:%Y-%m-%d} to {last:%Y-%m-%d}"
