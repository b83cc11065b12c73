"""Draw the picture of the README from the published file. Run as: make picture (needs Chrome or Chromium)."""

from __future__ import annotations

from pathlib import Path

import duckdb

from liquidation_heatmap.charts import liquidation_map
from liquidation_heatmap.settings import load_settings

TARGET = Path(__file__).resolve().parent.parent / "models" / "assets" / "btcusdt-liquidation-map.png"


def main() -> None:
    """Write the liquidation map of BTCUSDT, open-interest model."""
    with duckdb.connect(str(load_settings().published), read_only=True) as connection:
        levels = connection.table("liquidation_levels").filter("symbol = 'BTCUSDT' and model = 'open_interest'").df()
        mark_price = connection.table("symbols").filter("symbol = 'BTCUSDT'").project("mark_price").fetchall()[0][0]
    title = (
        f"BTCUSDT perpetual: what would be liquidated where, as of {levels['as_of'].iloc[0]:%Y-%m-%d %H:%M} UTC"
        "<br><sup>open-interest model with exact margin brackets on real data; the leverage mix is assumed</sup>"
    )
    liquidation_map(levels, mark_price, title).write_image(TARGET, width=1200, height=640, scale=1.5)


if __name__ == "__main__":
    main()
