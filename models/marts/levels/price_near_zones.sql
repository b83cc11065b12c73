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

shares as (

    select
        *,
        notional_quote
        / ({{ exact_sum('notional_quote', over='over (partition by symbol, model, side)') }}) as side_share

    from zones

),

-- the price comes to a zone at its nearer edge
near as (

    select
        shares.as_of,
        shares.symbol,
        shares.model,
        shares.side,
        shares.zone_rank,
        shares.price_centroid,
        shares.price_low,
        shares.price_high,
        shares.notional_quote,
        shares.side_share,
        symbols.mark_price,
        symbols.is_simulated,
        case shares.side when 'long' then shares.price_high else shares.price_low end as near_price

    from shares
    inner join symbols
        on shares.symbol = symbols.symbol
    where
        shares.zone_rank > 0
        and shares.side_share >= {{ var('alert_zone_share') }}
        and case shares.side
            when 'long' then symbols.mark_price <= shares.price_high / (1 - {{ within }})
            else symbols.mark_price >= shares.price_low / (1 + {{ within }})
        end

),

-- since the last bar that did not come near it
since as (

    select
        near.symbol,
        near.model,
        near.side,
        near.zone_rank,
        coalesce(
            max(bars.bar_ends_at) filter (
                case near.side
                    when 'long' then bars.mark_low > near.near_price / (1 - {{ within }})
                    else bars.mark_high < near.near_price / (1 + {{ within }})
                end
            ),
            min(bars.bar_at)
        ) as raised_at

    from near
    inner join bars
        on near.symbol = bars.symbol
    group by near.symbol, near.model, near.side, near.zone_rank

),

final as (

    select
        since.raised_at,
        near.as_of,
        near.symbol,
        near.model,
        near.side,
        near.zone_rank,
        near.price_low,
        near.price_high,
        near.notional_quote,
        near.side_share,
        near.mark_price,
        100 * abs(near.mark_price / near.near_price - 1) as distance_pct,
        case when near.is_simulated then 'SIMULATED: ' else '' end
        || near.symbol || ' at ' || format('{:,.6g}', near.mark_price)
        || ' is ' || format('{:.2f}', 100 * abs(near.mark_price / near.near_price - 1))
        || ' % from a zone of ' || near.side || 's: ' || format('{:,.1f}', near.notional_quote / 1e6)
        || ' M (' || format('{:.0f}', 100 * near.side_share) || ' % of their side in ' || near.model
        || ') between ' || format('{:,.6g}', near.price_low) || ' and '
        || format('{:,.6g}', near.price_high) as message,
        -- zones move a little from build to build: the same place within one percent, on the same day, is one alert
        md5(
            near.symbol || '|' || near.model || '|' || near.side || '|' || round(100 * ln(near.price_centroid)) || '|'
            || cast(since.raised_at as date)
        ) as alert_id

    from near
    inner join since
        on near.symbol = since.symbol
        and near.model = since.model
        and near.side = since.side
        and near.zone_rank = since.zone_rank

)

select * from final
