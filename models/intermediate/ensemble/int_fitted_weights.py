"""One row per symbol, model, leverage group and time of fitting: what was learned from the liquidations until then."""

from liquidation_heatmap.learn.ensemble import fit_weights


def model(dbt, _session):
    settings = dbt.config.get("meta")
    return fit_weights(
        dbt.ref("int_observed_paths").df(),
        dbt.ref("int_observed_sweeps").df(),
        dbt.ref("models").df(),
        refit_days=settings["refit_days"],
        prior_spread=settings["kappa_prior_spread"],
    )
