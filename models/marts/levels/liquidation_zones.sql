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

models as (

    select * from {{ ref('models') }}

),

labelled_bins as (

    select
        bins.*,
        labels.zone,
        bins.price_middle / market_window.mark_price as price_over_mark,
        {{ exact_sum('bins.notional_quote', decimals=15, over="
            over (partition by bins.symbol, bins.model, bins.side, labels.zone order by bins.price_low)
        ") }} as notional_up_to_quote,
        {{ exact_sum('bins.notional_quote', decimals=15, over="
            over (partition by bins.symbol, bins.model, bins.side, labels.zone)
        ") }} as zone_quote

    from bins
    inner join labels
        on bins.symbol = labels.symbol
        and bins.model = labels.model
        and bins.side = labels.side
        and bins.price_low = labels.price_low
    inner join market_window
        on bins.symbol = market_window.symbol

),

-- The levels in no zone (zone -1) are one row of each side: they have a notional, but no place.
zones as (

    select
        symbol,
        model,
        side,
        zone,
        {{ exact_sum('case when zone >= 0 then notional_quote * price_over_mark end', decimals=15) }}
        / max(zone_quote) as centroid_over_mark,
        min(price_low) filter (where zone >= 0 and notional_up_to_quote >= 0.05 * zone_quote) as price_low,
        min(price_high) filter (where zone >= 0 and notional_up_to_quote >= 0.95 * zone_quote) as price_high,
        {{ exact_sum('quantity_coins', decimals=15) }} as quantity_coins,
        max(zone_quote) as notional_quote,
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
                    order by zones.notional_quote desc, zones.zone
                )
            else 0
        end as zone_rank,
        zones.centroid_over_mark * market_window.mark_price as price_centroid,
        zones.price_low,
        zones.price_high,
        zones.notional_quote,
        zones.level_count,
        -- A gross book is not scaled to the open interest, so it holds no share of it.
        case
            when coalesce(models.book, 'ensemble') <> 'gross'
                then zones.quantity_coins / market_window.open_interest_coins
        end as open_interest_share,
        100 * (zones.centroid_over_mark - 1) as distance_pct,
        (zones.centroid_over_mark - 1) * market_window.mark_price
        / nullif(average_true_ranges.average_true_range_quote, 0) as distance_atr

    from zones
    inner join market_window
        on zones.symbol = market_window.symbol
    inner join average_true_ranges
        on zones.symbol = average_true_ranges.symbol
    left join models
        on zones.model = models.model

)

select * from liquidation_zones
