"""The sums of the marts computed again: plain float sums in Python over rows of the lake or of the working file."""

from __future__ import annotations

import math
from dataclasses import dataclass

import duckdb

from conftest import Workspace

Totals = dict[tuple[object, ...], tuple[float, int]]


@dataclass(frozen=True)
class Sum:
    """Two queries of the same sums: of what is published, and of what it is made of. The last column is the value.

    The columns before it are keys. Rows of one key are added up here and not by the database. ``{lake}`` is the lake's
    folder.
    """

    published: str
    rows: str


# The middle of a bin, from its published bounds.
_MIDDLES = """
    select symbol, price_low, min(price_low + price_high) / 2 as middle
    from (
        select symbol, price_low, price_high from marts.liquidation_heatmap
        union all
        select symbol, price_low, price_high from marts.volume_profile_daily
    )
    group by symbol, price_low
"""
_SOLE_SOURCE = """
    select symbol, trade_date from marts.volume_profile_daily group by all
    having min(source) = max(source) and max(source) = '{source}'
"""
_BARS_AND_LAKE = "bars.symbol = lake.symbol and lake.{time} >= bars.bar_at and lake.{time} < bars.bar_ends_at"


def _lake(dataset: str) -> str:
    return f"read_parquet('{{lake}}/market=um/dataset={dataset}/**/data.parquet', hive_partitioning = true) as lake"


TRADED = {
    "quote currency of trades, by day": Sum(
        f"""
            select symbol, trade_date, total_volume_quote from marts.volume_profile_daily
            semi join ({_SOLE_SOURCE.format(source="trades")}) using (symbol, trade_date)
        """,
        f"""
            select lake.symbol, lake.date, lake.price * lake.quantity from {_lake("aggTrades")}
            semi join ({_SOLE_SOURCE.format(source="trades")}) as days
                on lake.symbol = days.symbol and lake.date = days.trade_date
        """,
    ),
    "coins of trades, by bar": Sum(
        "select symbol, bar_at, volume_coins from marts.price_bars where source = 'trades'",
        f"""
            select bars.symbol, bars.bar_at, lake.quantity from {_lake("aggTrades")}
            inner join marts.price_bars as bars on {_BARS_AND_LAKE.format(time="transact_time")}
            where bars.source = 'trades'
        """,
    ),
    "realised, by bar and side": Sum(
        "select symbol, side, starts_at, realised_quote from marts.realised_liquidations where realised_quote > 0",
        f"""
            select bars.symbol, if(lake.side = 'SELL', 'long', 'short'), bars.bar_at,
                lake.accumulated_fill_quantity * lake.average_price
            from {_lake("liquidationSnapshot")}
            inner join marts.price_bars as bars on {_BARS_AND_LAKE.format(time="time")}
        """,
    ),
}
BARS = {
    "quote currency of bars, by day": Sum(
        f"""
            select symbol, trade_date, total_volume_quote from marts.volume_profile_daily
            semi join ({_SOLE_SOURCE.format(source="bars")}) using (symbol, trade_date)
        """,
        f"""
            select symbol, trade_date, volume_quote from intermediate.int_ticker_bars
            semi join ({_SOLE_SOURCE.format(source="bars")}) using (symbol, trade_date)
        """,
    ),
    "coins of bars": Sum(
        "select symbol, bar_at, volume_coins from marts.price_bars where source = 'bars'",
        f"""
            select bars.symbol, bars.bar_at, lake.volume from {_lake("klines")}
            inner join intermediate.int_bars as bars on {_BARS_AND_LAKE.format(time="open_time")}
            inner join marts.price_bars as shown on bars.symbol = shown.symbol and bars.bar_at = shown.bar_at
            inner join (values ('1m', 5), ('5m', 5), ('1h', 60)) as intervals (interval, bar_minutes)
                on lake.interval = intervals.interval and bars.bar_minutes = intervals.bar_minutes
            where bars.source = 'bars'
        """,
    ),
}
_ALIVE = """
    from intermediate.int_stretch_cohorts as cohorts
    inner join intermediate.int_market_window as market_window using (symbol)
    inner join (
        select symbol, stretch_at, arg_max(log_survival, bar_at) as log_survival
        from intermediate.int_survival group by all
    ) as ends using (symbol, stretch_at)
    inner join intermediate.int_survival as survival
        on cohorts.symbol = survival.symbol and market_window.last_bar_at = survival.bar_at
    inner join intermediate.int_book_totals as totals
        on cohorts.symbol = totals.symbol and cohorts.model = totals.model and cohorts.side = totals.side
        and market_window.last_bar_at = totals.bar_at
    where market_window.is_trading and cohorts.too_old_on > cast(market_window.last_bar_at as date)
        and not exists (
            from intermediate.int_swept_bins as swept
            where swept.symbol = cohorts.symbol and swept.price_low = cohorts.price_low
                and swept.stretch_at > cohorts.stretch_at
        )
"""
_LEFT = "left_coins * exp(if(is_closing, survival.log_survival - ends.log_survival, 0))"
BOOK = {
    "levels, from the cohorts alive": Sum(
        "select symbol, model, side, quantity_coins from marts.liquidation_levels where model <> 'ensemble'",
        f"select cohorts.symbol, cohorts.model, cohorts.side, {_LEFT} * totals.scale {_ALIVE}",
    ),
    "shares of levels, from the cohorts alive": Sum(
        "select symbol, model, side, side_share from marts.liquidation_levels where model <> 'ensemble'",
        f"select cohorts.symbol, cohorts.model, cohorts.side, {_LEFT} / totals.alive_coins {_ALIVE}",
    ),
    "levels of the ensemble": Sum(
        "select symbol, side, quantity_coins from marts.liquidation_levels where model = 'ensemble'",
        """
            select symbol, side, levels.alive_coins * scales.ensemble_scale
            from intermediate.int_levels as levels
            inner join intermediate.int_ensemble_scales as scales using (symbol, model, side, bar_at)
            where levels.alive_coins * scales.ensemble_scale > 0
        """,
    ),
    "levels accumulated": Sum(
        "select symbol, model, side, max(cumulative_quote) from marts.liquidation_levels group by all",
        "select symbol, model, side, notional_quote from marts.liquidation_levels",
    ),
    "zones": Sum(
        "select symbol, model, side, notional_quote from marts.liquidation_zones",
        "select symbol, model, side, notional_quote from marts.liquidation_levels",
    ),
    "swept, by day": Sum(
        """
            select symbol, model, side, cast(bar_at as date), swept_quote from marts.liquidation_history
            where model <> 'ensemble' and swept_quote > 0
        """,
        f"""
            select shown.symbol, shown.model, shown.side, cast(shown.bar_at as date), swept.swept_coins * bins.middle
            from intermediate.int_swept_quantities as swept
            inner join marts.liquidation_history as shown using (symbol, model, side, bar_at)
            inner join ({_MIDDLES}) as bins on swept.symbol = bins.symbol and swept.price_low = bins.price_low
        """,
    ),
    "swept by the metrics of the day": Sum(
        """
            select symbol, model, trade_date, long_swept_quote + short_swept_quote from marts.book_metrics
            where long_swept_quote is not null
        """,
        """
            select symbol, model, cast(bar_at as date), swept_quote from marts.liquidation_history
            semi join marts.book_metrics as days
                on liquidation_history.symbol = days.symbol and liquidation_history.model = days.model
                and cast(liquidation_history.bar_at as date) = days.trade_date
        """,
    ),
    "at risk within five percent": Sum(
        "select symbol, model, trade_date, long_at_risk_5pct_quote + short_at_risk_5pct_quote from marts.book_metrics",
        """
            select symbol, model, days.trade_date, heatmap.long_quote + heatmap.short_quote
            from marts.book_metrics as days
            inner join marts.liquidation_heatmap as heatmap using (symbol, model)
            where heatmap.book_at = days.book_at
                and case when heatmap.long_quote > 0
                    then heatmap.price_high > days.mark_price * 0.95
                    else heatmap.price_low <= days.mark_price * 1.05
                end
        """,
    ),
}


def compare(workspace: Workspace, wanted: Sum) -> int:
    """Assert that both sides have the same keys and sums; returns how many sums were compared.

    They agree to 1e-12, or to half of 1e-8 per row, as the exchange and exact sums count in units of 1e-8.
    """
    with duckdb.connect(str(workspace.database), read_only=True) as connection:
        published, plain = (
            _totals(connection, sql.replace("{lake}", str(workspace.lake))) for sql in (wanted.published, wanted.rows)
        )
    assert {key for key, (total, _) in plain.items() if total} == {
        key for key, (total, _) in published.items() if total
    }
    for key, (total, _) in published.items():
        expected, rows = plain.get(key, (0.0, 0))
        assert math.isclose(total, expected, rel_tol=1e-12, abs_tol=0.5e-8 * rows), (key, total, expected, rows)
    return len(published)


def _totals(connection: duckdb.DuckDBPyConnection, sql: str) -> Totals:
    values: dict[tuple[object, ...], list[float]] = {}
    cursor = connection.execute(sql)
    while rows := cursor.fetchmany(100_000):
        for *key, value in rows:
            # Without open interest there are no amounts, on either side.
            if value is not None:
                values.setdefault(tuple(key), []).append(value)
    return {key: (math.fsum(parts), len(parts)) for key, parts in values.items()}
