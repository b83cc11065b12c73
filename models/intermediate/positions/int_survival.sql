with

flows as (

    select * from {{ ref('int_bar_flows') }}

),

-- Survival is a sum of logarithms, not a product: what is left between any two bars is then one subtraction. The sum is
-- a decimal, so that no difference depends on where the sum begins.
bars_with_survival as (

    select
        symbol,
        cast(
            sum(cast(ln(1 - least(closing_hazard, 0.99)) as decimal(18, 15))) over (
                partition by symbol order by bar_at
            ) as decimal(38, 15)
        ) as log_survival,
        stock_known_at,
        trade_date,
        bar_at,
        bar_ends_at

    from flows

),

bars_with_survival_before as (

    select
        *,
        coalesce(lag(log_survival) over (partition by symbol order by bar_at), 0) as log_survival_before

    from bars_with_survival

),

-- A stretch is a day, or where closing leaves less than e^-10 within a day, a part of it: quantities within a stretch
-- can be added up as of its start without a number becoming too large.
bars_with_stretch_number as (

    select
        *,
        cast(floor(
            (
                first_value(log_survival_before) over (partition by symbol, trade_date order by bar_at)
                - log_survival_before
            ) / 10
        ) as bigint) as stretch_number

    from bars_with_survival_before

),

survival as (

    select
        symbol,
        log_survival,
        log_survival_before,
        first_value(log_survival_before) over by_stretch as log_survival_at_start,
        -- What closing has left of the opening stock, the positions that were open when open interest was first
        -- observed. After one lookback nothing of it is left.
        case
            when bar_at < stock_known_at + ({{ var('lookback_days') }} * interval '1 day') then exp(log_survival)
            else 0
        end as stock_share,
        trade_date,
        first_value(bar_at) over by_stretch as stretch_at,
        bar_at,
        bar_ends_at

    from bars_with_stretch_number
    window by_stretch as (partition by symbol, trade_date, stretch_number order by bar_at)

)

select * from survival
