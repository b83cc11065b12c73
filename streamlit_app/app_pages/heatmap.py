"""The page Liquidation heatmap: liquidation density through time, with the price over it."""

from __future__ import annotations

from density import choose_picture
from headline import headline
from page import chart, downloads, heading

HEIGHT = 640

heading(
    "Liquidation heatmap",
    "Each cell is what would have been liquidated had the mark price gone there at that time: longs below the price, "
    "shorts above. Bright bands are walls. Where the price runs into one it ends: those positions are gone.",
)
market, model, picture = choose_picture()
headline(market, model, picture.open_interest_share)
name = f"{market.file_name}-heatmap-{model}"
chart(
    picture.figure(),
    name=name,
    alt=f"Heatmap of liquidation levels of {market.symbol} from {picture.grid.starts_at} UTC on, model {model}",
    height=HEIGHT,
)
downloads(picture.table, name)
