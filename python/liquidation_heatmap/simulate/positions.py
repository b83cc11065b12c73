"""The lives of all positions: each contract has one long and one short holder at every millisecond.

A taker's entry creates a contract with a maker on the other side. When a holder leaves (at the planned time, by a stop
or a liquidation), either a maker on the other side leaves too and the contract ends, or a new maker takes the place.
So longs = shorts = open interest at any time.

The mark price does not depend on the positions, so the exit of a position is known when it opens. All contracts are
carried forward together, one change of holder per round.
"""

from __future__ import annotations

import numpy as np

from liquidation_heatmap.margin import bankruptcy_price, liquidation_price, max_leverage
from liquidation_heatmap.simulate.clock import MINUTE_MS, SAMPLE_MS
from liquidation_heatmap.simulate.contract import (
    Contract,
    Flags,
    Floats,
    Ints,
    simulated_brackets,
)
from liquidation_heatmap.simulate.price_path import PricePath, quoted_ticks
from liquidation_heatmap.simulate.records import CloseReason, Orders, Positions
from liquidation_heatmap.simulate.touch_search import TouchSearch
from liquidation_heatmap.simulate.traders import Entries, draw_holding_ms, draw_maker_leverage, draw_stop_prices

# How often a maker leaves together with the holder on the other side; otherwise a new maker takes that one's place.
_CONTRACT_ENDS_SHARE = 0.7


def simulate_positions(
    contract: Contract, path: PricePath, entries: Entries, rng: np.random.Generator
) -> tuple[Positions, Orders]:
    """Carry every contract from its entry to the end of the path.

    A position is liquidated in the first minute after the minute of its opening in which the mark price reaches its
    liquidation price, if it is still open when that minute begins.

    Args:
        contract: what is traded.
        path: of the mark price.
        entries: orders that open contracts.
        rng: random numbers.

    Returns:
        All positions and all orders, neither sorted.
    """
    contracts = _Contracts(contract, path, entries, rng)
    while contracts.change_holders():
        pass
    return contracts.positions(), contracts.orders()


class _Contracts:
    """Current holders of each contract (column 0 long, column 1 short) and the history written so far."""

    def __init__(self, rules: Contract, path: PricePath, entries: Entries, rng: np.random.Generator) -> None:
        """Open a contract per entry, with a new maker against the taker."""
        self._rules = rules
        self._mark = path.mark
        self._rng = rng
        self._search = TouchSearch(path)
        self._end = len(path.mark) * MINUTE_MS
        self._lots = entries.lots
        count = len(entries.time)
        shape = (count, 2)
        self._holder = np.empty(shape, dtype=np.int64)
        self._is_maker = np.empty(shape, dtype=np.bool_)
        self._leverage = np.empty(shape, dtype=np.int64)
        self._entry_price = np.empty(shape)
        self._liquidation_price = np.empty(shape)
        self._exit_at = np.empty(shape, dtype=np.int64)
        self._reason = np.empty(shape, dtype=np.int64)
        self._position_count = 0
        self._opened: list[tuple[Ints, Ints, Ints, Floats, Floats, Ints]] = []
        self._closed: list[tuple[Ints, Ints, Ints]] = []
        self._orders: list[Orders] = []
        self._live = np.arange(count)

        is_buy = entries.side > 0
        ticks = quoted_ticks(self._rules, self._mark, entries.time, is_buy, rng)
        price = self._rules.average_price(entries.lots, ticks, is_buy)
        self._orders.append(Orders(entries.time, is_buy, entries.lots, ticks, np.zeros(count, dtype=np.int64)))
        column = np.where(is_buy, 0, 1)
        is_maker = np.ones(count, dtype=np.bool_)
        self._open(self._live, column, price, entries.time, entries.leverage, ~is_maker)
        self._open(self._live, 1 - column, price, entries.time, draw_maker_leverage(count, rng), is_maker)

    def change_holders(self) -> bool:
        """Let the next holder of every live contract leave; false once nobody leaves before the path ends."""
        column = self._exit_at[self._live].argmin(axis=1)
        time = self._exit_at[self._live, column]
        leaves = time < self._end
        contract, column, time = self._live[leaves], column[leaves], time[leaves]
        if len(contract) == 0:
            return False
        price = self._sell_out(contract, column, time)

        other = 1 - column
        # A holder who is liquidated in this minute does not leave by choice: the liquidation comes first.
        is_doomed = (self._reason[contract, other] == CloseReason.LIQUIDATED) & (
            self._exit_at[contract, other] // MINUTE_MS == time // MINUTE_MS
        )
        wants_to_end = self._rng.random(len(contract)) < _CONTRACT_ENDS_SHARE
        ends = wants_to_end & self._is_maker[contract, other] & ~is_doomed
        self._closed.append((self._holder[contract, column], time, self._reason[contract, column]))
        self._closed.append(
            (self._holder[contract[ends], other[ends]], time[ends], np.full(ends.sum(), CloseReason.HOLDING))
        )
        stays, column, time, price = contract[~ends], column[~ends], time[~ends], price[~ends]
        is_maker = np.ones(len(stays), dtype=np.bool_)
        self._open(stays, column, price, time, draw_maker_leverage(len(stays), self._rng), is_maker)
        self._live = stays
        return True

    def positions(self) -> Positions:
        """All positions opened so far, by the order of opening rounds."""
        side, leverage, lots, entry_price, liquidation, opened_at = (
            np.concatenate(column) for column in zip(*self._opened, strict=True)
        )
        closed_at = np.full(self._position_count, self._end)
        reason = np.full(self._position_count, int(CloseReason.STILL_OPEN))
        for holder, time, why in self._closed:
            closed_at[holder] = time
            reason[holder] = why
        return Positions(side, leverage, lots, entry_price, liquidation, opened_at, closed_at, reason)

    def orders(self) -> Orders:
        """All orders so far, by round."""
        rounds = self._orders
        return Orders(
            time=np.concatenate([orders.time for orders in rounds]),
            is_buy=np.concatenate([orders.is_buy for orders in rounds]),
            lots=np.concatenate([orders.lots for orders in rounds]),
            ticks=np.concatenate([orders.ticks for orders in rounds]),
            limit_ticks=np.concatenate([orders.limit_ticks for orders in rounds]),
        )

    def _open(
        self, contract: Ints, column: Ints, price: Floats, time: Ints, asked_leverage: Ints, is_maker: Flags
    ) -> None:
        """Put new holders in the given columns and fix when and why each will leave."""
        side = np.where(column == 0, 1, -1)
        lots = self._lots[contract]
        coins = lots / self._rules.lots_per_coin
        brackets = simulated_brackets()
        leverage = np.minimum(asked_leverage, max_leverage(price * coins, brackets)).astype(np.int64)
        liquidation = liquidation_price(side, price, leverage, coins, brackets)

        minute = time // MINUTE_MS
        liquidation_minute, liquidated_at = self._search.first_touch(side, liquidation, minute)
        stop = draw_stop_prices(price, liquidation, is_maker, self._rng)
        _, stopped_at = self._search.first_touch(side, stop, minute)
        # A trigger acts within the five seconds of its mark sample, never on a full minute.
        delay = self._rng.integers(1, SAMPLE_MS, (2, len(time)))
        liquidated_at += delay[0]
        stopped_at += delay[1]
        held_until = _off_the_minute(time + draw_holding_ms(leverage.astype(np.float64), is_maker, self._rng))

        left_at = np.minimum(stopped_at, held_until)
        is_liquidated = liquidation_minute <= left_at // MINUTE_MS
        self._exit_at[contract, column] = np.where(is_liquidated, liquidated_at, left_at)
        self._reason[contract, column] = np.where(
            is_liquidated,
            CloseReason.LIQUIDATED,
            np.where(stopped_at < held_until, CloseReason.STOP, CloseReason.HOLDING),
        )
        self._holder[contract, column] = self._position_count + np.arange(len(contract))
        self._is_maker[contract, column] = is_maker
        self._leverage[contract, column] = leverage
        self._entry_price[contract, column] = price
        self._liquidation_price[contract, column] = liquidation
        self._opened.append((side, leverage, lots, price, liquidation, time))
        self._position_count += len(contract)

    def _sell_out(self, contract: Ints, column: Ints, time: Ints) -> Floats:
        """Trade the leaving holders out (longs sell, shorts buy) and return the average price they got."""
        is_buy = column == 1
        side = np.where(is_buy, -1, 1)
        lots = self._lots[contract]
        ticks = quoted_ticks(self._rules, self._mark, time, is_buy, self._rng)
        limit = np.zeros_like(ticks)

        forced = np.flatnonzero(self._reason[contract, column] == CloseReason.LIQUIDATED)
        held = contract[forced], column[forced]
        bankruptcy = bankruptcy_price(side[forced], self._entry_price[held], self._leverage[held])
        limit[forced] = self._rounded_ticks(bankruptcy, side[forced])
        trigger = self._rounded_ticks(self._liquidation_price[held], -side[forced])
        # The last fill may reach the bankruptcy price, which is the order's limit. Beyond it the exchange's insurance
        # fund takes the position over at that price.
        # https://www.binance.com/en/support/faq/binance-futures-liquidation-protocols-360033525271
        worst = limit[forced] + side[forced] * (self._rules.fill_counts(lots[forced]) - 1)
        ticks[forced] = np.clip(ticks[forced], np.minimum(worst, trigger), np.maximum(worst, trigger))

        self._orders.append(Orders(time, is_buy, lots, ticks, limit))
        return self._rules.average_price(lots, ticks, is_buy)

    def _rounded_ticks(self, price: Floats, side: Ints) -> Ints:
        """Round to whole ticks: up for side +1, down for side -1."""
        ticks: Ints = (side * np.ceil(side * price * self._rules.ticks_per_quote)).astype(np.int64)
        return ticks


def _off_the_minute(time: Ints) -> Ints:
    moved: Ints = time + (time % MINUTE_MS == 0)
    return moved
