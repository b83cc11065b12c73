with

levels as (

    select
        symbol,
        model,
        side,
        sum(notional_quote) as notional_quote,
        count(*) as level_count

    from {{ ref('liquidation_levels') }}
    group by symbol, model, side

),

zones as (

    select
        symbol,
        model,
        side,
        sum(notional_quote) as notional_quote,
        sum(level_count) as level_count

    from {{ ref('liquidation_zones') }}
    group by symbol, model, side

)

select
    levels.symbol,
    levels.model,
    levels.side,
    levels.notional_quote as quote_of_levels,
    zones.notional_quote as quote_of_zones,
    levels.level_count as levels_there,
    zones.level_count as levels_in_zones

from levels
left join zones
    on levels.symbol = zones.symbol
    and levels.model = zones.model
    and levels.side = zones.side
where
    levels.level_count is distinct from zones.level_count
    or abs(levels.notional_quote - zones.notional_quote) > 1e-9 * levels.notional_quote + 1e-6
