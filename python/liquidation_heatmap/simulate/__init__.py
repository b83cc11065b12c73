"""A simulator of a market whose every position is known: sample data, and the truth that models are scored by."""

from liquidation_heatmap.simulate.contract import (
    BRACKETS_AS_OF,
    CONTRACTS_LIKE,
    SAMPLE_CONTRACT,
    SIMULATED_SYMBOL,
    Contract,
    contract_like,
    simulated_brackets,
)
from liquidation_heatmap.simulate.files import BRACKETS_FILE, SampleReport, write_sample
from liquidation_heatmap.simulate.market import Market, simulate_market

__all__ = [
    "BRACKETS_AS_OF",
    "BRACKETS_FILE",
    "CONTRACTS_LIKE",
    "SAMPLE_CONTRACT",
    "SIMULATED_SYMBOL",
    "Contract",
    "Market",
    "SampleReport",
    "contract_like",
    "simulate_market",
    "simulated_brackets",
    "write_sample",
]
