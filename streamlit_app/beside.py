"""What the heatmap's canvas is sent besides its picture."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

import numpy.typing as npt

from data import rows
from liquidation_heatmap.canvas.beside import CHANCE_OF, alerts_here, bracket_arrays, risk_arrays
from liquidation_heatmap.settings import load_settings
from page import Market


def beside(market: Market, model: str) -> dict[str, npt.NDArray[Any]]:
    """Arrays of a market as of now: its margin brackets, and, where it is traded, what a move of the price reaches."""
    brackets = bracket_arrays(rows("margin_tiers", **market.key))
    if not market.row["is_trading"]:
        return dict(brackets)
    return brackets | risk_arrays(rows("risk_curve", **market.key, model=model, more_than=CHANCE_OF))


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
