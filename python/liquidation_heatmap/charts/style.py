"""Colours and number formats that all figures share."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

# The unit of amounts, where the open interest is known.
QUOTE = "USDT"


@dataclass(frozen=True)
class Palette:
    """The colours of figures: the density from weak to strong, the two sides, accents, the price and leverages.

    No leverage has the colour of a side, as both are drawn in one figure.
    """

    density: tuple[str, ...]
    long: str
    short: str
    accent: str
    price: str
    leverage: tuple[str, ...]
    mark: str = "#8a8a8a"


PALETTES = {
    # Viridis, and the colours of Okabe and Ito, which colour-blind readers can tell apart.
    # https://jfly.uni-koeln.de/color/
    "colour-blind safe": Palette(
        density=("#440154", "#472d7b", "#3b528b", "#2c728e", "#21918c", "#28ae80", "#5ec962", "#addc30", "#fde725"),
        long="#d55e00",
        short="#0072b2",
        accent="#e69f00",
        price="#ffffff",
        leverage=("#f0d3e3", "#dda6c6", "#c478a6", "#9b4f80"),
    ),
    # Colours like those of the best-known sites, for those who are used to them.
    "classic": Palette(
        density=("#1c0b2e", "#2b1d54", "#2d3b78", "#29668c", "#2f9187", "#45bf87", "#8cc260", "#c9bf2f", "#f0b90b"),
        long="#d9024b",
        short="#45bf87",
        accent="#f0b90b",
        price="#ffffff",
        leverage=("#c3e0f7", "#86c0ec", "#4897d8", "#2a6cb0"),
    ),
}
DEFAULT_PALETTE = "colour-blind safe"


def money_axis(title: str, **options: object) -> dict[str, object]:
    """An axis of amounts in quote currency, written 500k, 1.5M, 2B; ``options`` are plotly's."""
    return {"title": title, "exponentformat": "B", "separatethousands": True, "tickmode": "auto", **options}


def price_format(step: float) -> str:
    """How plotly writes prices that are ``step`` apart: with as many decimals as the step has."""
    decimals = max(0, int(np.ceil(-np.log10(step) - 1e-9)))
    return f",.{decimals}f"
