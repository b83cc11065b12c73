"""One row per symbol, model, side and price bin: the zone it belongs to."""

from liquidation_heatmap.learn.cluster import label_zones


def model(dbt, _session):
    return label_zones(dbt.ref("int_zone_bins").df())
