"""The page Full view: heatmap, map and history on shared axes, the screen to leave open."""

from __future__ import annotations

from data import rows
from density import choose_picture
from headline import headline
from liquidation_heatmap.charts.full import full_view
from page import chart, downloads, heading

HEIGHT = 860

heading(
    "Full view",
    "Left, what would have been liquidated where, through time; right, what would be liquidated now, on the same "
    "prices; below, what the price swept and what was really liquidated. It follows the data by itself.",
)
market, model, picture = choose_picture()
headline(market, model, picture.open_interest_share)
grid, look = picture.grid, picture.look
levels = rows(
    "levels_between",
    **market.key,
    model=model,
    side=look.side,
    leverage_groups=look.leverage_groups,
    price_from=grid.price_from,
    price_to=grid.price_to,
)
history = rows(
    "history_bars",
    **market.key,
    model=model,
    minutes=picture.candle_minutes,
    starts_at=grid.starts_at,
    ends_at=grid.ends_at,
)
name = f"{market.file_name}-full-view-{model}"
chart(
    full_view(
        grid,
        picture.density,
        picture.candles,
        levels,
        history,
        market.mark_price,
        palette=look.palette,
        threshold=look.threshold,
        realised=picture.realised,
        zones=picture.zones,
    ),
    name=name,
    alt=f"Heatmap, liquidation map and history of {market.symbol} from {picture.grid.starts_at} UTC on, model {model}",
    height=HEIGHT,
)
downloads(picture.table, name)
