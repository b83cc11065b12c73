"""What the canvas is sent besides the picture: what a move reaches now, margin brackets and alerts."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
import yaml

from liquidation_heatmap.canvas.reader import Reader
from liquidation_heatmap.market import Market
from liquidation_heatmap.project import PROJECT, as_called_here
from liquidation_heatmap.settings import Settings

# An amount whose chance a label says, quote currency.
CHANCE_OF = 1e6


def beside(reader: Reader, market: Market, model: str) -> dict[str, npt.NDArray[Any]]:
    """Arrays of a market as of now: its margin brackets, and, where it is traded, what a move of the price reaches."""
    brackets = bracket_arrays(reader.rows("margin_tiers", **market.key))
    if not market.row["is_trading"]:
        return dict(brackets)
    return brackets | risk_arrays(reader.rows("risk_curve", **market.key, model=model, more_than=CHANCE_OF))


def said_beside(reader: Reader, market: Market, model: str) -> dict[str, Any]:
    """What the header says besides: the venue, and how sure the forecast is."""
    weights = reader.rows("weights", **market.key)
    return {
        "venue": market.venue,
        "chanceOf": CHANCE_OF,
        # The share liquidated of a market that nobody has observed is a guess.
        "isPrior": not bool(weights.loc[weights["model"] == model, "observations"].any()),
    }


def risk_arrays(curve: pd.DataFrame) -> dict[str, npt.NDArray[Any]]:
    """What a move of the mark price reaches, by the edge from which on it does; ``risk.js`` reads it.

    Args:
        curve: side, price (quote currency per coin), amount, expected_quote, expected_low_quote, expected_high_quote
            and chance (0 to 1; null where it is not known), ordered by price.
    """
    amounts = {
        "risk_amount": "amount",
        "risk_expected": "expected_quote",
        "risk_low": "expected_low_quote",
        "risk_high": "expected_high_quote",
        "risk_chance": "chance",
    }
    return {
        "risk_price": curve["price"].to_numpy(np.float64),
        "risk_short": (curve["side"] == "short").to_numpy().astype(np.uint8),
        # Seven digits, of which a label shows three.
        **{name: curve[column].to_numpy(np.float32) for name, column in amounts.items()},
    }


def bracket_arrays(tiers: pd.DataFrame) -> dict[str, npt.NDArray[np.float64]]:
    """Margin brackets, the smallest first; ``margin.js`` reads them.

    Args:
        tiers: max_notional and maintenance_amount (quote currency), margin_rate (fraction), max_leverage (multiple).
    """
    columns = {
        "bracket_most": "max_notional",
        "bracket_rate": "margin_rate",
        "bracket_leverage": "max_leverage",
        "bracket_amount": "maintenance_amount",
    }
    return {name: tiers[column].to_numpy(np.float64) for name, column in columns.items()}


def alerts_here(settings: Settings, model: str) -> dict[str, Any]:
    """How one is told that the price comes near a large zone.

    Args:
        settings: whose targets and model of alerts count.
        model: whose zones are shown.

    Returns:
        ``command`` that tells, for this model; ``withinPct`` of the mark price at which it does; ``leastShare`` of its
        side (0 to 1) from which a zone is large; ``followed`` the model whose zones alerts follow without the command.
    """
    has_target = settings.alert_webhook or settings.alert_email or settings.alert_file
    told = [
        *([] if settings.default_model == model else [f"DEFAULT_MODEL={model}"]),
        *([] if has_target else ["LIQHEAT_ALERT_FILE=alerts.jsonl"]),
        as_called_here(".venv/bin/liqheat alerts --send"),
    ]
    project_vars = yaml.safe_load((PROJECT / "dbt_project.yml").read_text(encoding="utf-8"))["vars"]
    return {
        "command": " ".join(told),
        "withinPct": project_vars["alert_zone_distance_pct"],
        "leastShare": project_vars["alert_zone_share"],
        "followed": settings.default_model,
    }
