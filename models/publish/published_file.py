"""One row: the file this build wrote. The last node: it is reached only when every test above it has passed."""

from dbt_common.invocation import get_invocation_id

from liquidation_heatmap.publish import publish
from liquidation_heatmap.settings import load_settings


def model(dbt, session):
    marts = {
        "liquidation_levels": dbt.ref("liquidation_levels"),
        "book_states": dbt.ref("book_states"),
        "book_scales": dbt.ref("book_scales"),
        "liquidation_heatmap": dbt.ref("liquidation_heatmap"),
        "liquidation_history": dbt.ref("liquidation_history"),
        "book_metrics": dbt.ref("book_metrics"),
        "liquidation_zones": dbt.ref("liquidation_zones"),
        "realised_liquidations": dbt.ref("realised_liquidations"),
        "model_weights": dbt.ref("model_weights"),
        "forecast_ratios": dbt.ref("forecast_ratios"),
        "model_scores": dbt.ref("model_scores"),
        "data_quality": dbt.ref("data_quality"),
        "data_quality_summary": dbt.ref("data_quality_summary"),
        "data_quality_alerts": dbt.ref("data_quality_alerts"),
        "data_quality_trends": dbt.ref("data_quality_trends"),
        "price_near_zones": dbt.ref("price_near_zones"),
        "price_bars": dbt.ref("price_bars"),
        "max_pain": dbt.ref("max_pain"),
        "volume_profile_daily": dbt.ref("volume_profile_daily"),
        "open_interest_attribution": dbt.ref("open_interest_attribution"),
        "funding_bias": dbt.ref("funding_bias"),
        "margin_tiers": dbt.ref("margin_tiers"),
        "model_assumptions": dbt.ref("model_assumptions"),
        "sql_functions": dbt.ref("sql_functions"),
        "data_dictionary": dbt.ref("data_dictionary"),
        "symbols": dbt.ref("symbols"),
        "health": dbt.ref("health"),
    }
    return publish(session, marts, load_settings().published, get_invocation_id())
