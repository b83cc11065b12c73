with

bars as (

    select * from {{ ref('int_bars') }}

),

open_interest as (

    select * from {{ ref('int_open_interest') }}

),

-- Each bar with the open interest known at its end.
bars_with_open_interest as (

    select
        bars.symbol,
        bars.mark_close,
        least(bars.mark_low, lag(bars.mark_close) over by_time) as path_low,
        greatest(bars.mark_high, lag(bars.mark_close) over by_time) as path_high,
        bars.volume_coins,
        open_interest.open_interest_coins,
        lag(open_interest.open_interest_coins) over by_time as previous_open_interest_coins,
        coalesce(
            open_interest.observed_at <> lag(open_interest.observed_at) over by_time,
            open_interest.observed_at is not null
        ) as is_observed,
        bars.bar_at,
        bars.bar_ends_at,
        lag(bars.bar_at) over by_time as previous_bar_at,
        open_interest.observed_at,
        bars.trade_date

    from bars
    asof left join open_interest
        on bars.symbol = open_interest.symbol
        and bars.bar_ends_at >= open_interest.observed_at
    window by_time as (partition by bars.symbol order by bars.bar_at)

),

bars_with_rises as (

    select
        *,
        open_interest_coins - previous_open_interest_coins as change_coins,
        case
            when previous_open_interest_coins is null then 0
            else {{ function('turnover_coins') }}(
                volume_coins, open_interest_coins - previous_open_interest_coins, {{ var('turnover') }}
            )
        end as turnover_coins,
        -- The first observation is a rise from zero, the opening stock. Later rises were opened besides the turnover.
        case
            when is_observed
                then greatest(open_interest_coins - coalesce(previous_open_interest_coins, 0), 0)
            else 0
        end as rise_coins,
        min(case when is_observed then bar_at end) over (
            partition by symbol order by bar_at rows between current row and unbounded following
        ) as confirmed_at,
        min(case when open_interest_coins is not null then bar_ends_at end) over (
            partition by symbol
        ) as stock_known_at

    from bars_with_open_interest

),

-- A rise is confirmed by the next observation. It was opened in the bars since the observation before, in proportion to
-- their volume. The opening stock was opened in the bars of one lookback before the first observation.
bars_with_confirmed_rises as (

    select
        *,
        bar_ends_at <= stock_known_at as is_stock,
        max(rise_coins) over by_confirmation as confirmed_rise_coins,
        case
            when bar_ends_at > stock_known_at - {{ var('lookback_days') }} * interval '1 day' then volume_coins else 0
        end as counted_volume_coins

    from bars_with_rises
    window by_confirmation as (partition by symbol, confirmed_at)

),

bar_flows as (

    select
        symbol,
        mark_close,
        path_low,
        path_high,
        volume_coins,
        open_interest_coins,
        change_coins,
        case when open_interest_coins is not null then turnover_coins + rise_coins end as opened_coins,
        case
            when open_interest_coins is not null then turnover_coins + rise_coins - coalesce(change_coins, rise_coins)
        end as closed_coins,
        turnover_coins,
        confirmed_rise_coins * counted_volume_coins / nullif(
            {{ exact_sum('counted_volume_coins', over='over (partition by symbol, confirmed_at)') }}, 0
        ) as confirmed_coins,
        coalesce(
            (turnover_coins + rise_coins - change_coins) / nullif(previous_open_interest_coins, 0), 0
        ) as closing_hazard,
        is_observed,
        coalesce(is_stock, false) as is_stock,
        confirmed_rise_coins > 0 as is_rising,
        bar_at,
        bar_ends_at,
        previous_bar_at,
        confirmed_at,
        stock_known_at,
        observed_at,
        trade_date

    from bars_with_confirmed_rises

)

select * from bar_flows
