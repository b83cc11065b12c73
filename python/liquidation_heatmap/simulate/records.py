"""The results of the simulation: positions, and the orders that opened, closed or handed them over."""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum

from liquidation_heatmap.simulate.contract import Flags, Floats, Ints


class CloseReason(IntEnum):
    """Why a position closed. HOLDING is by choice, at the planned time or together with the other holder."""

    STILL_OPEN = 0
    LIQUIDATED = 1
    STOP = 2
    HOLDING = 3


@dataclass(frozen=True)
class Positions:
    """The true positions, as arrays of shape (positions,).

    ``side`` is 1 for a long and -1 for a short; prices are quote currency per coin, times ms; ``reason`` is a
    ``CloseReason``. ``closed_at`` of an open position is the end of the simulated time.
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
    """Orders of takers that opened, closed or handed over positions, as arrays of shape (orders,).

    ``time`` is in ms, ``ticks`` the price of the first fill. ``limit_ticks`` is the bankruptcy price of a forced order,
    and 0 for any other.
    """

    time: Ints
    is_buy: Flags
    lots: Ints
    ticks: Ints
    limit_ticks: Ints
