"""The simulator: its files are consistent, positions are balanced, and liquidations follow from the mark price."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import duckdb
import numpy as np
import numpy.typing as npt
import pytest

from liquidation_heatmap.errors import LiqheatError
from liquidation_heatmap.margin import liquidation_price, max_leverage
from liquidation_heatmap.simulate import (
    CONTRACTS_LIKE,
    SAMPLE_CONTRACT,
    SampleReport,
    contract_like,
    simulate_market,
    simulated_brackets,
    write_sample,
)
from liquidation_heatmap.simulate.positions import simulate_positions
from liquidation_heatmap.simulate.price_path import PricePath
from liquidation_heatmap.simulate.records import CloseReason
from liquidation_heatmap.simulate.tape import tapes
from liquidation_heatmap.simulate.traders import Entries

Columns = dict[str, npt.NDArray[Any]]

DAYS = 14
TRADES_PER_DAY = 6_000
MINUTE_MS = 60_000


class Sample:
    """A written sample, read back from its files alone."""

    def __init__(self, root: Path, report: SampleReport) -> None:
        self.root = root
        self.report = report
        self.session = duckdb.connect()

    def read(self, dataset: str, order: str) -> Columns:
        files = f"{self.root}/data/futures/um/*/{dataset}/SIMULATEDUSDT/**/*.csv"
        return self.session.sql(f"select * from read_csv('{files}', header = true) order by {order}").fetchnumpy()


@pytest.fixture(scope="module")
def sample(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sample]:
    root = tmp_path_factory.mktemp("sample")
    written = Sample(root, write_sample(root, days=DAYS, trades_per_day=TRADES_PER_DAY))
    yield written
    written.session.close()


def contents(root: Path) -> dict[str, bytes]:
    return {str(file.relative_to(root)): file.read_bytes() for file in sorted(root.rglob("*.csv"))}


def test_the_same_seed_gives_the_same_bytes_and_another_does_not(tmp_path: Path) -> None:
    for name, seed in (("one", 7), ("same", 7), ("other", 8)):
        write_sample(tmp_path / name, days=2, trades_per_day=3000, seed=seed)
    assert contents(tmp_path / "one") == contents(tmp_path / "same")
    assert contents(tmp_path / "one") != contents(tmp_path / "other")


def test_files_lie_where_the_archive_has_them(sample: Sample) -> None:
    futures = sample.root / "data" / "futures" / "um"
    for name in ("aggTrades", "metrics", "simulatedPositions"):
        assert (futures / "daily" / name / "SIMULATEDUSDT" / f"SIMULATEDUSDT-{name}-2026-01-14.csv").is_file()
    for name in ("klines", "markPriceKlines"):
        assert (futures / "daily" / name / "SIMULATEDUSDT" / "1m" / "SIMULATEDUSDT-1m-2026-01-14.csv").is_file()
    assert (futures / "monthly/fundingRate/SIMULATEDUSDT/SIMULATEDUSDT-fundingRate-2026-01.csv").is_file()


def test_long_equals_short_equals_open_interest(sample: Sample) -> None:
    positions, metrics = sample.read("simulatedPositions", "position_id"), sample.read("metrics", "create_time")
    lots = np.round(positions["quantity"] * 1000).astype(np.int64)
    closed_at = np.ma.filled(positions["closed_at"], np.iinfo(np.int64).max)
    labels = metrics["create_time"].astype("datetime64[ms]").astype(np.int64)
    assert len(labels) == DAYS * 288
    for side in ("long", "short"):
        chosen = positions["side"] == side
        held = [
            int(lots[chosen & (positions["opened_at"] < label) & (closed_at >= label)].sum()) for label in labels[::37]
        ]
        np.testing.assert_array_equal(held, np.round(metrics["sum_open_interest"][::37] * 1000))
    assert sample.report.open_interest_coins == metrics["sum_open_interest"][-1]


def test_at_every_event_longs_change_as_much_as_shorts(sample: Sample) -> None:
    # Positions from before the first day are left out, as their counterparties may be in no file.
    net = sample.session.sql(f"""
        with positions as (
            select opened_at, closed_at, quantity::decimal(18, 3) as coins, if(side = 'long', 1, -1) as sign
            from read_csv('{sample.root}/data/futures/um/daily/simulatedPositions/*/*.csv')
        ), events as (
            select opened_at as happened_at, sign * coins as change from positions
            union all
            select closed_at, -sign * coins from positions where closed_at is not null
        )
        select max(abs(net)) from (
            select sum(change) as net from events
            where happened_at >= epoch_ms(timestamp '2026-01-01')
            group by happened_at
        )
    """).fetchall()[0][0]
    assert net == 0


def test_bars_are_the_trades(sample: Sample) -> None:
    different = sample.session.sql(f"""
        with trades as (
            select
                transact_time // 60000 * 60000 as open_time,
                arg_min(price, agg_trade_id) as open,
                max(price) as high,
                min(price) as low,
                arg_max(price, agg_trade_id) as close,
                sum(quantity::decimal(18, 3)) as volume,
                sum(price::decimal(18, 1) * quantity::decimal(18, 3)) as quote_volume,
                sum(last_trade_id - first_trade_id + 1) as count,
                coalesce(sum(quantity::decimal(18, 3)) filter (not is_buyer_maker), 0) as taker_buy_volume,
                coalesce(sum(price::decimal(18, 1) * quantity::decimal(18, 3)) filter (not is_buyer_maker), 0)
                    as taker_buy_quote_volume
            from read_csv('{sample.root}/data/futures/um/daily/aggTrades/*/*.csv')
            group by all
        ), bars as (
            select
                * replace (
                    volume::decimal(18, 3) as volume,
                    quote_volume::decimal(18, 4) as quote_volume,
                    taker_buy_volume::decimal(18, 3) as taker_buy_volume,
                    taker_buy_quote_volume::decimal(18, 4) as taker_buy_quote_volume
                )
            from read_csv('{sample.root}/data/futures/um/daily/klines/*/1m/*.csv')
        )
        select count(*)
        from bars
        left join trades using (open_time)
        where (trades.open is null and bars.count != 0) or (trades.open is not null and (
            bars.open, bars.high, bars.low, bars.close, bars.volume, bars.quote_volume, bars.count,
            bars.taker_buy_volume, bars.taker_buy_quote_volume
        ) != (
            trades.open, trades.high, trades.low, trades.close, trades.volume, trades.quote_volume, trades.count,
            trades.taker_buy_volume, trades.taker_buy_quote_volume
        ))
    """).fetchall()[0][0]
    assert different == 0
    bars = sample.read("klines", "open_time")
    np.testing.assert_array_equal(np.diff(bars["open_time"]), MINUTE_MS)
    idle = bars["count"][1:] == 0
    np.testing.assert_array_equal(bars["open"][1:][idle], bars["close"][:-1][idle])


def test_ids_run_without_a_gap_in_time_order(sample: Sample) -> None:
    trades = sample.read("aggTrades", "agg_trade_id")
    assert len(trades["price"]) == sample.report.trades == pytest.approx(DAYS * TRADES_PER_DAY, abs=1)
    np.testing.assert_array_equal(np.diff(trades["agg_trade_id"]), 1)
    np.testing.assert_array_equal(trades["first_trade_id"][1:], trades["last_trade_id"][:-1] + 1)
    assert (trades["last_trade_id"] >= trades["first_trade_id"]).all()
    assert (np.diff(trades["transact_time"]) >= 0).all()


def first_touches(sample: Sample) -> tuple[Columns, npt.NDArray[np.float64]]:
    """Positions, and for each the first bar after its opening minute whose mark price reaches its liquidation price."""
    positions = sample.read("simulatedPositions", "position_id")
    marks = sample.read("markPriceKlines", "open_time")
    touched_at = np.full(len(positions["side"]), np.inf)
    for row in range(len(touched_at)):
        first = max(int(positions["opened_at"][row]) // MINUTE_MS * MINUTE_MS + MINUTE_MS, int(marks["open_time"][0]))
        later = slice((first - int(marks["open_time"][0])) // MINUTE_MS, None)
        price = positions["liquidation_price"][row]
        hits = marks["low"][later] <= price if positions["side"][row] == "long" else marks["high"][later] >= price
        if hits.any():
            touched_at[row] = first + int(hits.argmax()) * MINUTE_MS
    return positions, touched_at


def test_liquidated_are_exactly_those_the_mark_touched(sample: Sample) -> None:
    positions, touched_at = first_touches(sample)
    closed_minute = np.ma.filled(positions["closed_at"], 2**62) // MINUTE_MS * MINUTE_MS
    is_liquidated = positions["close_reason"] == "liquidated"
    np.testing.assert_array_equal(touched_at[is_liquidated], closed_minute[is_liquidated])
    assert (touched_at[~is_liquidated] > closed_minute[~is_liquidated]).all()
    is_open = positions["close_reason"] == "still_open"
    assert np.isinf(touched_at[is_open]).all()
    assert (np.ma.getmaskarray(positions["closed_at"]) == is_open).all()


def test_nobody_escapes_in_the_minute_of_their_liquidation() -> None:
    """In a minute the price rises by 2 %, which liquidates short takers, then falls by 20 %, which liquidates makers.

    A maker that left together with its taker after the rise would not be liquidated, although the bar has its price.
    """
    mark = np.full((60, 12), 50_000.0)
    mark[5] = [51_000.0] * 6 + [40_000.0] * 6
    idle = np.zeros(60)
    entry = np.ones(200, dtype=np.int64)
    positions, _ = simulate_positions(
        SAMPLE_CONTRACT,
        PricePath(mark, activity=idle, momentum=idle, premium=idle),
        Entries(time=60_001 * entry, side=-entry, lots=entry, leverage=125 * entry),
        np.random.Generator(np.random.PCG64(1)),
    )
    is_doomed = (positions.side > 0) & (positions.leverage == 10) & (positions.opened_at < 5 * MINUTE_MS)
    is_doomed &= positions.closed_at >= 5 * MINUTE_MS
    assert is_doomed.sum() > 10
    assert (positions.reason[is_doomed] == CloseReason.LIQUIDATED).all()


def test_positions_are_possible_and_priced_exactly(sample: Sample) -> None:
    positions = sample.read("simulatedPositions", "position_id")
    np.testing.assert_array_equal(positions["position_id"], np.arange(1, sample.report.positions + 1))
    side = np.where(positions["side"] == "long", 1, -1)
    entry, leverage, quantity = positions["entry_price"], positions["leverage"], positions["quantity"]
    brackets = simulated_brackets()
    assert (leverage <= max_leverage(entry * quantity, brackets)).all()
    expected = liquidation_price(side, entry, leverage, quantity, brackets)
    np.testing.assert_array_equal(positions["liquidation_price"], expected)


def test_forced_orders_are_the_liquidations_and_trade(sample: Sample) -> None:
    orders = sample.read("liquidationSnapshot", "time, side, original_quantity")
    missing = sample.session.sql(f"""
        with orders as (
            select * from read_csv('{sample.root}/data/futures/um/daily/liquidationSnapshot/*/*.csv')
        ), liquidated as (
            select * from read_csv('{sample.root}/data/futures/um/daily/simulatedPositions/*/*.csv')
            where close_reason = 'liquidated'
        ), sides as (
            select time, side, sum(original_quantity::decimal(18, 3)) as coins from orders group by all
        ), truth as (
            select closed_at, if(side = 'long', 'SELL', 'BUY') as side, sum(quantity::decimal(18, 3)) as coins
            from liquidated group by all
        ), tape as (
            select transact_time, if(is_buyer_maker, 'SELL', 'BUY') as side, sum(quantity::decimal(18, 3)) as coins
            from read_csv('{sample.root}/data/futures/um/daily/aggTrades/*/*.csv') group by all
        )
        select count(*)
        from sides
        full join truth on sides.time = truth.closed_at and sides.side = truth.side and sides.coins = truth.coins
        left join tape on sides.time = tape.transact_time and sides.side = tape.side
        where sides.coins is null or truth.coins is null or tape.coins is null or tape.coins < sides.coins
    """).fetchall()[0][0]
    assert missing == 0
    assert len(orders["time"]) == sample.report.liquidations
    assert {"BUY", "SELL"} == set(orders["side"])
    # A forced sell is limited from below by the bankruptcy price, a forced buy from above.
    is_sell = orders["side"] == "SELL"
    assert (np.where(is_sell, 1, -1) * (orders["average_price"] - orders["price"]) >= 0).all()


def test_volume_covers_the_change_of_open_interest(sample: Sample) -> None:
    bars, metrics = sample.read("klines", "open_time"), sample.read("metrics", "create_time")
    volume = bars["volume"].reshape(-1, 5).sum(axis=1)
    change = np.diff(metrics["sum_open_interest"])
    assert (volume[1:] + 1e-9 >= np.abs(change)).all()


def test_trades_stay_near_the_mark(sample: Sample) -> None:
    bars, marks = sample.read("klines", "open_time"), sample.read("markPriceKlines", "open_time")
    traded = bars["count"] > 0
    # Fills lie within 0.3 % of the minute's mark prices: ticks of several fills, and noise.
    assert (bars["high"][traded] <= marks["high"][traded] * 1.003).all()
    assert (bars["low"][traded] >= marks["low"][traded] * 0.997).all()


def test_funding_settles_every_eight_hours_and_is_mostly_the_interest_rate(sample: Sample) -> None:
    funding = sample.read("fundingRate", "calc_time")
    assert (np.diff(funding["calc_time"]) == 8 * 3_600_000).all()
    assert (funding["funding_interval_hours"] == 8).all()
    assert len(funding["calc_time"]) == 3 * DAYS
    assert (funding["last_funding_rate"] == 0.0001).mean() > 0.4
    assert (np.abs(funding["last_funding_rate"]) < 0.003).all()


def test_months_and_warm_up_days_get_their_own_files(tmp_path: Path) -> None:
    write_sample(tmp_path, days=2, trades_per_day=3000, start=date(2026, 1, 31))
    funding = sorted(file.name for file in tmp_path.rglob("*fundingRate*.csv"))
    assert funding == ["SIMULATEDUSDT-fundingRate-2026-01.csv", "SIMULATEDUSDT-fundingRate-2026-02.csv"]
    positions = sorted(file.name[-14:-4] for file in tmp_path.rglob("*simulatedPositions*.csv"))
    assert positions[0] < "2026-01-31"
    assert positions[-1] == "2026-02-01"


@pytest.mark.parametrize(
    ("days", "trades_per_day", "start"),
    [(0, 3000, date(2026, 1, 1)), (1, 999, date(2026, 1, 1)), (1, 3000, date(2026, 6, 24))],
)
def test_arguments_that_make_no_market_are_refused(tmp_path: Path, days: int, trades_per_day: int, start: date) -> None:
    with pytest.raises(LiqheatError, match="What to do"):
        write_sample(tmp_path, days=days, trades_per_day=trades_per_day, start=start)
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("like", CONTRACTS_LIKE)
@pytest.mark.parametrize(("days", "trades_per_day"), [(3, 5_000), (3, 20_000), (14, 50_000)])
def test_a_contract_has_its_size_at_any_number_of_rows(like: str, days: int, trades_per_day: int) -> None:
    contract = contract_like(like.lower())
    assert contract.symbol == f"SIMULATED{like}"
    assert contract.size
    market = simulate_market(days, trades_per_day, 7, date(2026, 1, 1), contract)
    traded = [market.quote(tape.lots * tape.ticks).sum() for tape in tapes(market)]
    opened = np.searchsorted(np.sort(market.positions.opened_at), market.bar_ends)
    closed = np.sort(market.positions.closed_at[market.positions.reason != CloseReason.STILL_OPEN])
    open_positions = market.weight * (opened - np.searchsorted(closed, market.bar_ends)).mean()
    assert market.coins(market.open_interest).mean() == pytest.approx(contract.size.open_interest_coins, rel=0.05)
    assert sum(traded) / days == pytest.approx(contract.size.volume_quote_per_day, rel=0.05)
    assert open_positions == pytest.approx(contract.size.positions, rel=0.15)


def test_a_market_of_unknown_size_is_refused() -> None:
    with pytest.raises(LiqheatError, match=r"ETHUSDT.*\n.*BTCUSDT"):
        contract_like("ETHUSDT")
