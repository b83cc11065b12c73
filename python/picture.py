"""Draw the pictures of the README from the published file. Run as: make picture (needs Chrome or Chromium).

The heatmap of the crash needs a file that shows it: `dbt build --vars '{as_of: "2025-10-14 00:00:00"}'`.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path

import duckdb

from liquidation_heatmap.charts import liquidation_heatmap, liquidation_map
from liquidation_heatmap.settings import load_settings

ASSETS = Path(__file__).resolve().parent.parent / "models" / "assets"
CRASH = datetime(2025, 10, 10, 21)


def main() -> None:
    """Write the liquidation map of BTCUSDT, or its heatmap if the file is as of the days after the crash."""
    with duckdb.connect(str(load_settings().published), read_only=True) as connection:
        symbol = connection.table("symbols").filter("symbol = 'BTCUSDT'")
        as_of, mark_price = symbol.project("as_of, mark_price").fetchall()[0]
        if CRASH < as_of < CRASH + timedelta(days=30):
            shown = connection.table("liquidation_heatmap").filter(
                "symbol = 'BTCUSDT' and model = 'position_lifecycle' and price_low between 95000 and 136000"
                f" and bar_at between timestamp '{CRASH}' - interval 4 day and timestamp '{CRASH}' + interval 3 day"
            )
            history = connection.table("liquidation_history").filter(
                "symbol = 'BTCUSDT' and model = 'position_lifecycle'"
                f" and bar_at between timestamp '{CRASH}' - interval 4 day and timestamp '{CRASH}' + interval 3 day"
            )
            title = (
                "BTCUSDT perpetual: what would have been liquidated where, through the crash of 10 October 2025"
                "<br><sup>position_lifecycle on real bars and open interest, each column as known at its time; "
                "the leverage mix is assumed</sup>"
            )
            figure = liquidation_heatmap(shown.df(), history.df(), title)
            figure.write_image(ASSETS / "btcusdt-heatmap-crash.png", width=1200, height=760, scale=1.2)
        else:
            levels = connection.table("liquidation_levels").filter("symbol = 'BTCUSDT' and model = 'ensemble'").df()
            title = (
                f"BTCUSDT perpetual: what would be liquidated where, as of {as_of:%Y-%m-%d %H:%M} UTC"
                "<br><sup>ensemble with exact margin brackets on real data; the leverage mix is assumed</sup>"
            )
            figure = liquidation_map(levels, mark_price, title)
            figure.write_image(ASSETS / "btcusdt-liquidation-map.png", width=1200, height=640, scale=1.5)


if __name__ == "__main__":
    main()
