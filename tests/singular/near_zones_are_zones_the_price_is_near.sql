{%- set within = var('alert_zone_distance_pct') -%}

with

near_zones as (

    select
        zones.symbol,
        zones.model,
        zones.side,
        zones.zone_rank,
        zones.as_of,
        zones.price_centroid,
        zones.price_low,
        zones.price_high,
        zones.notional_quote,
        zones.side_share,
        zones.distance_pct,
        symbols.mark_price,
        case zones.side when 'long' then zones.price_high else zones.price_low end as near_price

    from {{ ref('liquidation_zones') }} as zones
    inner join {{ ref('symbols') }} as symbols
        on zones.symbol = symbols.symbol
    where
        zones.zone_rank > 0
        and zones.side_share >= {{ var('alert_zone_share') }}
        and if(zones.side = 'long', zones.distance_pct > -{{ within }}, zones.distance_pct <= {{ within }})

),

-- Bars in which the price came near: by its lowest mark price to a zone of longs, by its highest to one of shorts.
bars_with_distance as (

    select
        near_zones.symbol,
        near_zones.model,
        near_zones.side,
        near_zones.zone_rank,
        bars.bar_at,
        bars.bar_ends_at,
        if(
            near_zones.side = 'long',
            100 * (near_zones.near_price / bars.mark_low - 1) > -{{ within }},
            100 * (near_zones.near_price / bars.mark_high - 1) <= {{ within }}
        ) as is_near

    from near_zones
    inner join {{ ref('price_bars') }} as bars
        on near_zones.symbol = bars.symbol

),

approaches as (

    select
        symbol,
        model,
        side,
        zone_rank,
        coalesce(max(bar_ends_at) filter (not is_near), min(bar_at)) as raised_at

    from bars_with_distance
    group by symbol, model, side, zone_rank

),

recomputed_zones as (

    select
        near_zones.*,
        approaches.raised_at,
        -- The same place, within one percent, on the same day is one alert.
        md5(concat_ws(
            '|', near_zones.symbol, near_zones.model, near_zones.side, round(100 * ln(near_zones.price_centroid)),
            cast(approaches.raised_at as date)
        )) as alert_id,
        true as says_who,
        true as says_where

    from near_zones
    inner join approaches
        on near_zones.symbol = approaches.symbol
        and near_zones.model = approaches.model
        and near_zones.side = approaches.side
        and near_zones.zone_rank = approaches.zone_rank

),

-- What the messages must name.
published_zones as (

    select
        *,
        contains(message, symbol || ' at ' || format('{:,.6g}', mark_price) || ' is ')
        and contains(message, ' % from a zone of ' || side || 's: ')
        and contains(message, ' % of their side in ' || model || ', ') as says_who,
        contains(message, ' is ' || format('{:.2f}', abs(distance_pct)) || ' % from ')
        and ends_with(
            message, 'between ' || format('{:,.6g}', price_low) || ' and ' || format('{:,.6g}', price_high)
        ) as says_where

    from {{ ref('price_near_zones') }}

)

{{ rows_that_differ(
    'published_zones', 'recomputed_zones', ['symbol', 'model', 'side', 'zone_rank'],
    numbers=['price_low', 'price_high', 'notional_quote', 'side_share', 'mark_price', 'distance_pct'],
    others=['as_of', 'raised_at', 'alert_id', 'says_who', 'says_where']
) }}
