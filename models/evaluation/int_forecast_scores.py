"""One row per symbol, source, model and metric: how good the calibrated forecast is, with an interval."""

from liquidation_heatmap.learn.held import score_forecasts


def model(dbt, _session):
    return score_forecasts(
        dbt.ref("int_forecast_observations").df(),
        dbt.ref("int_swing_extremes").df(),
        dbt.ref("forecast_slopes").df(),
        dbt.ref("int_market_window").df(),
        dbt.ref("int_magnet_places").df(),
    )
