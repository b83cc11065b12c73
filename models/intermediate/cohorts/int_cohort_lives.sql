{{ config(materialized='table') }}

with

models as (

    select * from {{ ref('models') }}

),

hazards as (

    select * from {{ ref('closing_hazards') }}

),

flows as (

    select * from {{ ref('int_bar_flows') }}

),

swept_bins as (

    select * from {{ ref('int_swept_bins') }}

),

-- what is opened in one bar and liquidated in one bin lives and dies together; model by model, as groups of millions of
-- cohorts cost more than those of each
binned as (

    {% for model in var('cohort_models') -%}
        select
            symbol,
            '{{ model }}' as model,
            side,
            leverage,
            {{ bin_floor('liquidation_price') }} as price_low,
            {{ exact_sum('quantity_coins', decimals=15) }} as quantity_coins,
            opened_at,
            known_at

        from {{ ref('int_cohorts__' ~ model) }}
        -- a long at one times its margin is liquidated at zero, that is, never
        where liquidation_price > 0
        group by all
        {{ 'union all' if not loop.last }}
    {% endfor %}

),

opening_bars as (

    select
        flows.symbol,
        {{ bin_floor('flows.mark_close') }} as close_bin,
        flows.bar_at as opened_at,
        expiry.bar_at as expires_at

    from flows
    asof left join flows as expiry
        on flows.symbol = expiry.symbol
        and flows.bar_ends_at + {{ var('lookback_days') }} * interval '1 day' <= expiry.bar_ends_at

),

-- a bar cannot kill what it opened, but what is beyond its close has no later day; all else dies at the first touch of
-- its bin
ended as (

    select
        binned.symbol,
        binned.model,
        binned.side,
        binned.leverage,
        binned.price_low,
        binned.quantity_coins,
        case binned.side
            when 'long' then binned.price_low >= opening_bars.close_bin
            else binned.price_low <= opening_bars.close_bin
        end as is_dead_on_arrival,
        binned.opened_at,
        binned.known_at,
        swept_bins.bar_at as swept_at,
        opening_bars.expires_at

    from binned
    inner join opening_bars
        on binned.symbol = opening_bars.symbol
        and binned.opened_at = opening_bars.opened_at
    asof left join swept_bins
        on binned.symbol = swept_bins.symbol
        and binned.price_low = swept_bins.price_low
        and binned.opened_at < swept_bins.bar_at

),

leverages as (

    select
        granted.leverage,
        max(hazards.leverage) as hazard_leverage

    from (select distinct leverage from binned) as granted
    inner join hazards
        on granted.leverage >= hazards.leverage
    group by granted.leverage

),

lives as (

    select
        ended.symbol,
        ended.model,
        ended.side,
        ended.leverage,
        case models.book when 'flow' then leverages.hazard_leverage else 0 end as hazard_leverage,
        ended.price_low,
        ended.quantity_coins,
        not ended.is_dead_on_arrival
        and ended.known_at < coalesce(least(ended.swept_at, ended.expires_at), 'infinity') as is_in_book,
        coalesce(ended.swept_at <= ended.expires_at, ended.swept_at is not null) as is_swept,
        ended.opened_at,
        ended.known_at,
        ended.expires_at,
        least(ended.swept_at, ended.expires_at) as left_at

    from ended
    inner join models
        on ended.model = models.model
    inner join leverages
        on ended.leverage = leverages.leverage

)

select * from lives
