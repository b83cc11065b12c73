"""What the simulation leaves behind: positions and the orders that opened, closed or handed them over."""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum

from liquidation_heatmap.simulate.contract import Flags, Floats, Ints


class CloseReason(IntEnum):
    """Why a position closed; HOLDING is every leaving of free will, at the planned time or with the counterparty."""

    STILL_OPEN = 0
    LIQUIDATED = 1
    STOP = 2
    HOLDING = 3


@dataclass(frozen=True)
class Positions:
    """Columns of the truth, one element per position: side +1/-1, lots, prices in quote currency, times in ms.

    ``closed_at`` of an open position is the end of the simulated time.
    """

    side: Ints
    leverage: Ints
    lots: Ints
    entry_price: Floats
    liquidation_price: Floats
    opened_at: Ints
    closed_at: Ints
    reason: Ints


@dataclass(frozen=True)
class Orders:
    """Taker orders that opened, closed or handed over positions: time in ms, quantity in lots, first fill in ticks.

    ``limit_ticks`` is the bankruptcy price of a forced order, and zero for an order of free will.
    """

    time: Ints
    is_buy: Flags
    lots: Ints
    ticks: Ints
    limit_ticks: Ints
