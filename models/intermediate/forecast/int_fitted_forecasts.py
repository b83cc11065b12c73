"""One row per symbol, model and day with a fit: the forecast that is used from that day on, ratios as text."""

from liquidation_heatmap.learn.forecast import fit_forecasts


def model(dbt, _session):
    return fit_forecasts(
        dbt.ref("int_forecast_observations").df(), dbt.ref("forecast_slopes").df(), dbt.ref("int_market_window").df()
    )
