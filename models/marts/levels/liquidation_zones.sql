with

bins as (

    select * from {{ ref('int_zone_bins') }}

),

labels as (

    select * from {{ ref('int_zone_labels') }}

),

market_window as (

    select * from {{ ref('int_market_window') }}

),

average_true_ranges as (

    select * from {{ ref('int_average_true_range') }}

),

labelled_bins as (

    select
        bins.*,
        labels.zone,
        bins.price_middle / market_window.mark_price as price_over_mark,
        {{ exact_sum('bins.amount', decimals=15, over="
            over (partition by bins.symbol, bins.model, bins.side, labels.zone order by bins.price_low)
        ") }} as amount_up_to,
        {{ exact_sum('bins.amount', decimals=15, over="
            over (partition by bins.symbol, bins.model, bins.side, labels.zone)
        ") }} as zone_amount

    from bins
    inner join labels
        on bins.symbol = labels.symbol
        and bins.model = labels.model
        and bins.side = labels.side
        and bins.price_low = labels.price_low
    inner join market_window
        on bins.symbol = market_window.symbol

),

-- The levels in no zone (zone -1) are one row of each side: they have an amount, but no place.
zones as (

    select
        symbol,
        model,
        side,
        zone,
        {{ exact_sum('case when zone >= 0 then amount * price_over_mark end', decimals=15) }}
        / max(zone_amount) as centroid_over_mark,
        min(price_low) filter (where zone >= 0 and amount_up_to >= 0.05 * zone_amount) as price_low,
        min(price_high) filter (where zone >= 0 and amount_up_to >= 0.95 * zone_amount) as price_high,
        max(zone_amount) as zone_amount,
        {{ exact_sum('notional_quote', decimals=15) }} as notional_quote,
        {{ exact_sum('side_share', decimals=15) }} as side_share,
        cast(sum(level_count) as bigint) as level_count

    from labelled_bins
    group by symbol, model, side, zone

),

liquidation_zones as (

    select
        market_window.as_of,
        {{ venue() }} as venue,
        zones.symbol,
        zones.model,
        zones.side,
        case
            when zones.zone >= 0
                then row_number() over (
                    partition by zones.symbol, zones.model, zones.side, zones.zone >= 0
                    order by zones.zone_amount desc, zones.zone
                )
            else 0
        end as zone_rank,
        zones.centroid_over_mark * market_window.mark_price as price_centroid,
        zones.price_low,
        zones.price_high,
        zones.notional_quote,
        zones.level_count,
        zones.side_share,
        {{ function('distance_pct') }}(
            {{ function('near_edge') }}(zones.side, zones.price_low, zones.price_high), market_window.mark_price
        ) as distance_pct,
        ({{ function('near_edge') }}(zones.side, zones.price_low, zones.price_high) - market_window.mark_price)
        / nullif(average_true_ranges.average_true_range_quote, 0) as distance_atr,
        100 * (zones.centroid_over_mark - 1) as centroid_distance_pct,
        100 * (zones.price_high - zones.price_low) / (zones.centroid_over_mark * market_window.mark_price) as width_pct,
        zones.notional_quote
        / (100 * (zones.price_high - zones.price_low) / (zones.centroid_over_mark * market_window.mark_price))
            as quote_per_pct

    from zones
    inner join market_window
        on zones.symbol = market_window.symbol
    inner join average_true_ranges
        on zones.symbol = average_true_ranges.symbol

)

select * from liquidation_zones
