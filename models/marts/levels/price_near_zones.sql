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

-- Large zones whose nearer edge the mark price is close to.
near_zones as (

    select
        zones.as_of,
        zones.symbol,
        zones.model,
        zones.side,
        zones.zone_rank,
        zones.price_centroid,
        zones.price_low,
        zones.price_high,
        zones.notional_quote,
        zones.side_share,
        symbols.mark_price,
        symbols.is_simulated,
        {{ function('near_edge') }}(zones.side, zones.price_low, zones.price_high) as near_price,
        zones.distance_pct

    from zones
    inner join symbols
        on zones.symbol = symbols.symbol
    where
        zones.zone_rank > 0
        and zones.side_share >= {{ var('alert_zone_share') }}
        and {{ function('is_reached') }}(zones.side, zones.distance_pct, {{ var('alert_zone_distance_pct') }})

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
                not {{ function('is_reached') }}(
                    near_zones.side,
                    {{ function('distance_pct') }}(
                        near_zones.near_price,
                        case near_zones.side when 'long' then bars.mark_low else bars.mark_high end
                    ),
                    {{ var('alert_zone_distance_pct') }}
                )
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
        near_zones.distance_pct,
        case when near_zones.is_simulated then 'SIMULATED: ' else '' end
        || near_zones.symbol || ' at ' || format('{:,.6g}', near_zones.mark_price)
        || ' is ' || format('{:.2f}', abs(near_zones.distance_pct))
        || ' % from a zone of ' || near_zones.side || 's: '
        || coalesce(format('{:,.1f}', near_zones.notional_quote / 1e6) || ' M, ', '')
        || format('{:.0f}', 100 * near_zones.side_share) || ' % of their side in ' || near_zones.model
        || ', between ' || format('{:,.6g}', near_zones.price_low) || ' and '
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
