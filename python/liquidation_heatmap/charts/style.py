"""Colours and number formats that all figures share."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from plotly.colors import sample_colorscale

from liquidation_heatmap.human import money

SCALE_STOPS = 33

# The unit of amounts, where the open interest is known.
QUOTE = "USDT"


@dataclass(frozen=True)
class Palette:
    """The colours of figures: the density from weak to strong, the two sides, accents, the price and leverages."""

    density: tuple[str, ...]
    long: str
    short: str
    accent: str
    price: str
    leverage: tuple[str, ...]
    mark: str = "#8a8a8a"

    @property
    def ground(self) -> str:
        """Colour of a cell without levels."""
        return self.density[0]


PALETTES = {
    # Viridis, and the colours of Okabe and Ito, which colour-blind readers can tell apart.
    # https://jfly.uni-koeln.de/color/
    "colour-blind safe": Palette(
        density=("#440154", "#472d7b", "#3b528b", "#2c728e", "#21918c", "#28ae80", "#5ec962", "#addc30", "#fde725"),
        long="#d55e00",
        short="#0072b2",
        accent="#e69f00",
        price="#ffffff",
        leverage=("#b3d1ea", "#7fb0dc", "#4c8cc7", "#2a66a5"),
    ),
    # Colours like those of the best-known sites, for those who are used to them.
    "classic": Palette(
        density=("#1c0b2e", "#2b1d54", "#2d3b78", "#29668c", "#2f9187", "#45bf87", "#8cc260", "#c9bf2f", "#f0b90b"),
        long="#d9024b",
        short="#45bf87",
        accent="#f0b90b",
        price="#ffffff",
        leverage=("#f7dc8b", "#f0b90b", "#45bf87", "#d9024b"),
    ),
}
DEFAULT_PALETTE = "colour-blind safe"


def colourscale(palette: Palette) -> list[list[float | str]]:
    """The palette's density as plotly wants it: stops from 0 (weak) to 1 (strong), evenly spaced."""
    return [
        [float(place), colour]
        for place, colour in zip(np.linspace(0, 1, len(palette.density)), palette.density, strict=True)
    ]


def logarithmic(palette: Palette, low: float, high: float) -> list[list[float | str]]:
    """Stops by the logarithm of the amount, for a figure whose cells keep the amounts themselves.

    Walls are hundreds of times their surroundings: coloured by the amount itself, nothing else could be seen.

    Args:
        palette: colours.
        low: amount in the weakest colour, quote currency, above 0.
        high: amount in the strongest colour, above ``low``.
    """
    places = np.linspace(0, 1, SCALE_STOPS)
    colours = sample_colorscale(colourscale(palette), list(places))
    amounts = (np.power(high / low, places) - 1) / (high / low - 1)
    return [[float(amount), colour] for amount, colour in zip(amounts, colours, strict=True)]


def money_ticks(low: float, high: float) -> tuple[npt.NDArray[np.float64], list[str]]:
    """Ticks of a logarithmic axis at round amounts.

    Args:
        low: least amount, quote currency, above 0.
        high: largest amount.

    Returns:
        The logarithms of the amounts to the base 10, shape (ticks,), and their labels.
    """
    steps = (1, 3) if high / low > 30 else (1, 2, 5)
    amounts = [step * 10.0**power for power in range(-2, 17) for step in steps]
    shown = [amount for amount in amounts if low <= amount <= high]
    return np.log10(np.array(shown)), [money(amount, digits=0 if amount >= 1 else 2) for amount in shown]


def ground(palette: Palette) -> dict[str, object]:
    """A rectangle under the first plot in the colour of a cell without levels.

    The figure's own background would not do: under the page's theme it reaches beyond the axes.
    """
    return {
        "type": "rect",
        "xref": "x domain",
        "yref": "y domain",
        "x0": 0,
        "x1": 1,
        "y0": 0,
        "y1": 1,
        "fillcolor": palette.ground,
        "line": {"width": 0},
        "layer": "below",
    }


def money_axis(title: str, **options: object) -> dict[str, object]:
    """An axis of amounts in quote currency, written 500k, 1.5M, 2B; ``options`` are plotly's."""
    return {"title": title, "exponentformat": "B", "separatethousands": True, "tickmode": "auto", **options}


def price_format(step: float) -> str:
    """How plotly writes prices that are ``step`` apart: with as many decimals as the step has."""
    decimals = max(0, int(np.ceil(-np.log10(step) - 1e-9)))
    return f",.{decimals}f"
