"""One row per symbol, source, forecaster, window and metric: how good it is, with an interval."""

from liquidation_heatmap.learn.scores import score


def model(dbt, _session):
    settings = dbt.config.get("meta")
    return score(dbt.ref("int_scored_paths").df(), dbt.ref("int_forecasts").df(), refit_days=settings["refit_days"])
