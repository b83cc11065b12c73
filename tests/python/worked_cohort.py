"""The cohort of docs/model.md: its numbers by plain arithmetic from files and seeds, and by the models."""

from __future__ import annotations

import csv
import math
from datetime import datetime, timedelta
from typing import Any

import duckdb

from conftest import ROOT, Workspace

SYMBOL, MODEL, LEVERAGE = "SIMULATEDUSDT", "position_lifecycle", 20
TRADE = 2742356
BAR, LAST_BAR = datetime(2026, 1, 17, 16, 35), datetime(2026, 1, 17, 16, 55)
BIN, BIN_WIDTH = 70_100.0, 50.0
# Vars of dbt_project.yml.
TURNOVER, BIN_BPS, BAR_LENGTH = 0.3, 10, timedelta(minutes=5)

Figures = dict[str, Any]


def seed(name: str) -> list[dict[str, str]]:
    with (ROOT / "seeds" / f"{name}.csv").open() as rows:
        return list(csv.DictReader(rows))


def row(build: Workspace, query: str, **parameters: Any) -> list[Any]:
    """The only row of a query to the working file."""
    with duckdb.connect(str(build.database), read_only=True) as connection:
        # Entries and cohorts are made by the day, and views show those of this one.
        day = f"{{'symbol': '{SYMBOL}', 'trade_date': date '{BAR:%Y-%m-%d}', 'version': ''}}"
        connection.execute(f"set variable days_in_batch = [{day}]")
        [found] = connection.execute(query, parameters or None).fetchall()
    return list(found)


def lake(build: Workspace, dataset: str) -> str:
    return f"read_parquet('{build.lake}/market=um/dataset={dataset}/symbol={SYMBOL}/*/*.parquet')"


def bars(build: Workspace) -> dict[datetime, Figures]:
    """Coins that each bar opened and closed, by the start of the bar."""
    traded = build.query(
        f"""
        select bars.bar_at, bars.volume, before.sum_open_interest, after.sum_open_interest
        from (
            select time_bucket(interval 5 minute, transact_time) as bar_at, sum(quantity) as volume
            from {lake(build, "aggTrades")} group by all
        ) as bars
        inner join {lake(build, "metrics")} as before on bars.bar_at = before.create_time
        inner join {lake(build, "metrics")} as after on bars.bar_at + interval 5 minute = after.create_time
        """,
        database=build.database,
    )
    return {bar_at: flows(*numbers) for bar_at, *numbers in traded}


def flows(volume: float, before: float, after: float) -> Figures:
    """Opened and closed coins of a bar, from its volume and the open interest at both its ends."""
    change = after - before
    turnover = TURNOVER * max(volume - abs(change), 0) / 2
    opened = max(change, 0) + turnover
    return {
        "volume of the bar": volume,
        "open interest before": before,
        "open interest after": after,
        "change": change,
        "turnover": turnover,
        "opened": opened,
        "closed": opened - change,
        "closing rate": (opened - change) / before,
    }


def bin_width(price: float) -> float:
    widths = (step * 10.0**power for power in range(-13, 8) for step in (1, 2, 5))
    return max(width for width in widths if width <= price * BIN_BPS / 10_000)


def liquidation_price(price: float, notional: float) -> Figures:
    """The liquidation price of a long at LEVERAGE: the highest of the roots in the brackets."""
    roots, amount, previous_rate = {}, 0.0, 0.0
    for bracket in (bracket for bracket in seed("margin_brackets") if bracket["symbol"] == SYMBOL):
        rate = float(bracket["margin_rate"])
        amount += float(bracket["min_notional"]) * (rate - previous_rate)
        previous_rate = rate
        roots[f"root of bracket {bracket['tier_number']}"] = (
            price * (1 - 1 / LEVERAGE) - amount * price / notional
        ) / (1 - rate)
    return {**roots, "liquidation price": max(roots.values())}


def by_arithmetic(build: Workspace, swept_at: datetime) -> Figures:
    """The numbers from trade to cell; only sums over the whole book and fitted values are taken from the models."""
    found: Figures = {}
    found["time of the trade"], price, quantity = row(
        build,
        f"select transact_time, price, quantity from {lake(build, 'aggTrades')} where agg_trade_id = $trade",
        trade=TRADE,
    )
    width = bin_width(price)
    found |= {"price": price, "quantity": quantity, "notional": price * quantity, "bin width": width}
    found["entry bin"] = math.floor(price / width) * width
    of_bars = bars(build)
    found |= of_bars[BAR]
    found["entry"] = found["opened"] * quantity / found["volume of the bar"]

    mix = {int(line["leverage"]): float(line["share"]) for line in seed("leverage_mixes") if line["mix"] == "aggressor"}
    found["share of 20x"] = mix[LEVERAGE] / sum(mix.values())
    found["cohort"] = found["entry"] * found["share of 20x"]
    found |= liquidation_price(price, round(found["notional"]))

    half_width = width / price / 2
    found["lowest price"] = found["liquidation price"] * (1 - half_width)
    found["highest price"] = found["liquidation price"] * (1 + half_width)
    found["share in the bin"] = (BIN + BIN_WIDTH - found["lowest price"]) / (
        found["highest price"] - found["lowest price"]
    )
    found["piece in the bin"] = found["cohort"] * found["share in the bin"]

    left, bar_at = 1.0, BAR
    while bar_at < swept_at - BAR_LENGTH:
        bar_at += BAR_LENGTH
        left *= 1 - min(of_bars[bar_at]["closing rate"], 0.99)
        if bar_at == LAST_BAR:
            found["left at 17:00"] = left
    found["left until then"] = left

    middle = BIN + BIN_WIDTH / 2
    for when, last_bar in (("at 17:00", LAST_BAR), ("then", swept_at - BAR_LENGTH)):
        book = book_of(build, last_bar)
        found[f"long book {when}"] = book
        found[f"open interest {when}"] = of_bars[last_bar]["open interest after"]
        found[f"scale {when}"] = found[f"open interest {when}"] / book
    found["this cohort in the cell"] = (
        found["piece in the bin"] * found["left at 17:00"] * found["scale at 17:00"] * middle
    )
    found["the cell"] = book_of(build, LAST_BAR, in_cell=True) * found["scale at 17:00"] * middle
    found["swept of this cohort"] = found["piece in the bin"] * left * found["scale then"] * middle
    return found | forecast_until(build, swept_at, of_bars)


def forecast_until(build: Workspace, swept_at: datetime, of_bars: dict[datetime, Figures]) -> Figures:
    """What is expected of longs from the start of the four hours to the end of a bar, by the fit of that day."""
    started_at = swept_at.replace(hour=swept_at.hour // 4 * 4, minute=0)
    bars = build.query(
        "select bar_at, mark_low, mark_high, lag(mark_close) over (order by bar_at) from marts.price_bars "
        f"qualify bar_at between '{started_at}' and '{swept_at}' order by bar_at",
        database=build.database,
    )
    hours: dict[datetime, list[tuple[float, float, float]]] = {}
    for bar_at, low, high, before in bars:
        hours.setdefault(bar_at.replace(minute=0), []).append((low, high, before))
    path = 0.0
    for hour_at, of_hour in hours.items():
        before = of_hour[0][2]
        lowest = min(before, *(min(low, close_before) for low, _, close_before in of_hour))
        path += (1 - lowest / before) * of_bars[hour_at]["open interest before"] * before
    lowest = min(min(low, before) for _, low, _, before in bars)
    highest = max(max(high, before) for _, _, high, before in bars)
    [swept] = row(
        build,
        f"select sum(swept_quote) from intermediate.int_swept_amounts where model = '{MODEL}' and side = 'long' "
        "and bar_at between $started_at and $swept_at",
        started_at=started_at, swept_at=swept_at,
    )  # fmt: skip
    level, long, by_path, by_range, by_swept, least_path, least_range, least_swept = row(
        build,
        "select level, long_slope, path_slope, range_slope, swept_slope, least_path_quote, least_range_pct, "
        f"least_swept_ratio from intermediate.int_forecast_fits where model = '{MODEL}' and valid_from = $day",
        day=swept_at.replace(hour=0, minute=0),
    )
    range_pct = 100 * (highest / lowest - 1)
    logarithm = (
        level + long + by_path * math.log(path + least_path) + by_range * math.log(range_pct + least_range)
        + by_swept * math.log(swept / (path + least_path) + least_swept)
    )  # fmt: skip
    return {
        "path until then": path,
        "range until then": range_pct,
        "swept until then": swept,
        "expected until then": math.exp(logarithm),
    }


def book_of(build: Workspace, bar_at: datetime, *, in_cell: bool = False) -> float:
    """Coins of longs before scaling, at the end of a bar: of all of them, or of the cell."""
    [coins] = row(
        build,
        f"""
        select sum(openings.quantity_coins * exp(survival.log_survival - known.log_survival))
        from intermediate.int_cohort_openings as openings
        inner join intermediate.int_survival as known on openings.known_at = known.bar_at
        inner join intermediate.int_survival as survival on survival.bar_at = $bar_at
        where openings.model = '{MODEL}' and openings.side = 'long' and openings.is_in_book
            and openings.known_at <= $bar_at and openings.too_old_on > cast($bar_at as date)
            and not exists (
                from intermediate.int_swept_bins as swept where swept.price_low = openings.price_low
                and swept.bar_at > openings.known_at and swept.bar_at <= $bar_at
            )
            and {f"openings.price_low = {BIN} and openings.leverage between 11 and 20" if in_cell else "true"}
        """,
        bar_at=bar_at,
    )
    return float(coins)


def by_models(build: Workspace) -> Figures:
    """The same numbers, each from the model that has it."""
    of_bar, of_cohort = {"bar_at": BAR}, f"opened_at = $bar_at and side = 'long' and leverage = {LEVERAGE}"
    tables = {
        "select quantity_coins, notional_quote, price_low from intermediate.int_market_profile "
        "where bar_at = $bar_at and taker_side = 'buy' and size_class = 4 and trade_count = 1": (
            of_bar, ("quantity", "notional", "entry bin"),
        ),
        "select volume_coins, open_interest_coins, change_coins, turnover_coins, opened_coins, closed_coins, "
        "closing_hazard from intermediate.int_bar_flows where bar_at = $bar_at": (
            of_bar,
            ("volume of the bar", "open interest after", "change", "turnover", "opened", "closed", "closing rate"),
        ),
        "select quantity_coins from intermediate.int_entries "
        f"where model = '{MODEL}' and opened_at = $bar_at and side = 'long' and mix = 'aggressor' and size_class = 4": (
            of_bar, ("entry",),
        ),
        "select entry_price, quantity_coins, liquidation_price from intermediate.int_cohorts "
        f"where model = '{MODEL}' and {of_cohort} and size_class = 4 and entry_price > 73405": (
            of_bar, ("price", "cohort", "liquidation price"),
        ),
        "select alive_coins, open_interest_coins, scale from intermediate.int_book_totals "
        f"where model = '{MODEL}' and side = 'long' and bar_at = $last_bar": (
            {"last_bar": LAST_BAR}, ("long book at 17:00", "open interest at 17:00", "scale at 17:00"),
        ),
        f"select long_quote from marts.liquidation_heatmap where model = '{MODEL}' and price_low = {BIN} "
        "and leverage_group = '11x to 20x' and book_at = $column": (
            {"column": LAST_BAR + BAR_LENGTH}, ("the cell",),
        ),
        "select swept.bar_at, path_low, path_quote, range_pct, expected_so_far_quote "
        "from (select min(bar_at) as bar_at from intermediate.int_swept_bins "
        f"where price_low = {BIN} and bar_at > $bar_at) as swept "
        "inner join intermediate.int_bar_flows as flows on swept.bar_at = flows.bar_at "
        "inner join intermediate.int_stretch_forecasts as forecasts on swept.bar_at = forecasts.bar_at "
        "inner join intermediate.int_stretch_paths as paths on swept.bar_at = paths.bar_at "
        f"and forecasts.starts_at = paths.starts_at where model = '{MODEL}' and forecasts.side = 'long' "
        "and paths.side = 'long'": (
            of_bar,
            ("bar of the sweep", "lowest mark price of that bar", "path until then", "range until then",
             "expected until then"),
        ),
    }  # fmt: skip
    return {
        label: value
        for query, (parameters, labels) in tables.items()
        for label, value in zip(labels, row(build, query, **parameters), strict=True)
    }
