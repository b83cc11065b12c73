"""One row: the file this build published. The last node: it is reached only when every test above it has passed."""

from liquidation_heatmap.publish import publish
from liquidation_heatmap.settings import load_settings


def model(dbt, session):
    marts = {
        "liquidation_levels": dbt.ref("liquidation_levels"),
        "volume_profile_daily": dbt.ref("volume_profile_daily"),
        "margin_tiers": dbt.ref("margin_tiers"),
        "symbols": dbt.ref("symbols"),
        "health": dbt.ref("health"),
    }
    return publish(session, marts, load_settings().published)
