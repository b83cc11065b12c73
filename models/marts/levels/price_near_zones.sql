{%- set within = var('alert_zone_distance_pct') / 100 -%}

with

zones as (

    select * from {{ ref('liquidation_zones') }}

),

bars as (

    select * from {{ ref('price_bars') }}

),

symbols as (

    select * from {{ ref('symbols') }}

),

zones_with_share as (

    select
        *,
        notional_quote
        / ({{ exact_sum('notional_quote', over='over (partition by symbol, model, side)') }}) as side_share

    from zones

),

-- Large zones whose nearer edge the mark price is close to.
near_zones as (

    select
        zones_with_share.as_of,
        zones_with_share.symbol,
        zones_with_share.model,
        zones_with_share.side,
        zones_with_share.zone_rank,
        zones_with_share.price_centroid,
        zones_with_share.price_low,
        zones_with_share.price_high,
        zones_with_share.notional_quote,
        zones_with_share.side_share,
        symbols.mark_price,
        symbols.is_simulated,
        case zones_with_share.side
            when 'long' then zones_with_share.price_high
            else zones_with_share.price_low
        end as near_price

    from zones_with_share
    inner join symbols
        on zones_with_share.symbol = symbols.symbol
    where
        zones_with_share.zone_rank > 0
        and zones_with_share.side_share >= {{ var('alert_zone_share') }}
        and case zones_with_share.side
            when 'long' then symbols.mark_price <= zones_with_share.price_high / (1 - {{ within }})
            else symbols.mark_price >= zones_with_share.price_low / (1 + {{ within }})
        end

),

-- Since when the price has been near: the end of the last bar that was not.
approaches as (

    select
        near_zones.symbol,
        near_zones.model,
        near_zones.side,
        near_zones.zone_rank,
        coalesce(
            max(bars.bar_ends_at) filter (
                case near_zones.side
                    when 'long' then bars.mark_low > near_zones.near_price / (1 - {{ within }})
                    else bars.mark_high < near_zones.near_price / (1 + {{ within }})
                end
            ),
            min(bars.bar_at)
        ) as raised_at

    from near_zones
    inner join bars
        on near_zones.symbol = bars.symbol
    group by near_zones.symbol, near_zones.model, near_zones.side, near_zones.zone_rank

),

price_near_zones as (

    select
        approaches.raised_at,
        near_zones.as_of,
        {{ venue() }} as venue,
        near_zones.symbol,
        near_zones.model,
        near_zones.side,
        near_zones.zone_rank,
        near_zones.price_low,
        near_zones.price_high,
        near_zones.notional_quote,
        near_zones.side_share,
        near_zones.mark_price,
        100 * abs(near_zones.mark_price / near_zones.near_price - 1) as distance_pct,
        case when near_zones.is_simulated then 'SIMULATED: ' else '' end
        || near_zones.symbol || ' at ' || format('{:,.6g}', near_zones.mark_price)
        || ' is ' || format('{:.2f}', 100 * abs(near_zones.mark_price / near_zones.near_price - 1))
        || ' % from a zone of ' || near_zones.side || 's: ' || format('{:,.1f}', near_zones.notional_quote / 1e6)
        || ' M (' || format('{:.0f}', 100 * near_zones.side_share) || ' % of their side in ' || near_zones.model
        || ') between ' || format('{:,.6g}', near_zones.price_low) || ' and '
        || format('{:,.6g}', near_zones.price_high) as message,
        -- Zones move a little from build to build. Prices within one percent are the same place, and the same place on
        -- the same day is one alert.
        md5(
            near_zones.symbol || '|' || near_zones.model || '|' || near_zones.side || '|'
            || round(100 * ln(near_zones.price_centroid)) || '|' || cast(approaches.raised_at as date)
        ) as alert_id

    from near_zones
    inner join approaches
        on near_zones.symbol = approaches.symbol
        and near_zones.model = approaches.model
        and near_zones.side = approaches.side
        and near_zones.zone_rank = approaches.zone_rank

)

select * from price_near_zones
