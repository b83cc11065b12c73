"""What the heatmap's canvas is sent besides its picture."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

import numpy.typing as npt

from data import rows
from liquidation_heatmap.canvas.beside import CHANCE_OF, alerts_here, risk_arrays
from liquidation_heatmap.settings import load_settings
from page import Market


def beside(market: Market, model: str) -> dict[str, npt.NDArray[Any]]:
    """Arrays of a market's newest book: what a move of the mark price reaches. None where nothing is traded now."""
    if not market.row["is_trading"]:
        return {}
    return risk_arrays(rows("risk_curve", **market.key, model=model, more_than=CHANCE_OF))


def header_beside(market: Market, model: str) -> dict[str, Any]:
    """What the header of the picture says besides: the market, how sure its forecast is, and where labels lead."""
    weights = rows("weights", **market.key)
    return {
        "venue": market.venue,
        "chanceOf": CHANCE_OF,
        # The share liquidated of a market that nobody has observed is a guess.
        "isPrior": not bool(weights.loc[weights["model"] == model, "observations"].any()),
        "calculator": f"margin?{urlencode({**market.key, 'margin_mode': 'isolated'})}",
        "alerts": alerts_here(load_settings(), model),
    }
