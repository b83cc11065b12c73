"""A deterministic market simulator whose every position is known: sample data, and the truth to score models by."""

from liquidation_heatmap.simulate.contract import BRACKETS_AS_OF, SIMULATED_SYMBOL, simulated_brackets
from liquidation_heatmap.simulate.files import SampleReport, write_sample
from liquidation_heatmap.simulate.market import Market, simulate_market

__all__ = [
    "BRACKETS_AS_OF",
    "SIMULATED_SYMBOL",
    "Market",
    "SampleReport",
    "simulate_market",
    "simulated_brackets",
    "write_sample",
]
