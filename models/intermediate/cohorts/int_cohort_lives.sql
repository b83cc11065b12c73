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

survival as (

    select * from {{ ref('int_survival') }}

),

swept_bins as (

    select * from {{ ref('int_swept_bins') }}

),

-- an entry is known to the width of its bin and no closer, so it is taken as spread evenly over one width, and its
-- liquidation over as much in proportion: at one price each, neighbours would meet in one bin and miss the next, and
-- the map would show walls and holes that are nowhere but in the rounding
spread as (

    {% for model in var('cohort_models') -%}
        select
            symbol,
            '{{ model }}' as model,
            side,
            leverage,
            quantity_coins,
            liquidation_price * (1 - {{ function('bin_width') }}(entry_price) / entry_price / 2) as from_price,
            liquidation_price * (1 + {{ function('bin_width') }}(entry_price) / entry_price / 2) as to_price,
            opened_at,
            known_at

        from {{ ref('int_cohorts__' ~ model) }}
        {{ 'union all' if not loop.last }}
    {% endfor %}

),

edged as (

    select
        *,
        {{ function('bin_floor') }}(from_price) as first_edge,
        {{ function('bin_width') }}(from_price) as edge_width

    from spread

),

-- a long at one times its margin would be liquidated at zero, that is, never: it has no pieces
numbered as (

    select
        *,
        unnest(generate_series(0, cast(ceil((to_price - first_edge) / edge_width) as bigint) - 1)) as piece_number

    from edged

),

pieces as (

    select
        symbol,
        model,
        side,
        leverage,
        quantity_coins / (to_price - from_price) as coins_per_quote,
        case piece_number when 0 then from_price else first_edge + piece_number * edge_width end as piece_low,
        least(to_price, first_edge + (piece_number + 1) * edge_width) as piece_high,
        opened_at,
        known_at

    from numbered

),

-- what is opened in one bar and liquidated in one bin lives and dies together
binned as (

    select
        symbol,
        model,
        side,
        leverage,
        {{ function('bin_floor') }}((piece_low + piece_high) / 2) as price_low,
        {{ exact_sum('coins_per_quote * (piece_high - piece_low)', decimals=15) }} as quantity_coins,
        opened_at,
        known_at

    from pieces
    where piece_high > piece_low
    group by all

),

opening_bars as (

    select
        flows.symbol,
        {{ function('bin_floor') }}(flows.mark_close) as close_bin,
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

closing as (

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

),

lives as (

    select
        closing.*,
        survival.log_survival as known_log_survival

    from closing
    inner join survival
        on closing.symbol = survival.symbol
        and closing.hazard_leverage = survival.hazard_leverage
        and closing.known_at = survival.bar_at

)

select * from lives
