with

bins as (

    select
        levels.symbol,
        levels.model,
        levels.side,
        levels.price_low,
        any_value(levels.price_high) as price_high,
        sum(levels.notional_quote) as notional_quote,
        sum(levels.side_share) as side_share,
        count(*) as level_count

    from {{ ref('liquidation_levels') }} as levels
    group by levels.symbol, levels.model, levels.side, levels.price_low

),

-- What zones are found by: the notional, and without open interest the share of the side at its price.
bins_of_zones as (

    select
        bins.*,
        labels.zone,
        (bins.price_low + bins.price_high) / 2 as price_middle,
        coalesce(bins.notional_quote, bins.side_share * (bins.price_low + bins.price_high) / 2) as amount

    from bins
    inner join {{ ref('int_zone_labels') }} as labels
        on bins.symbol = labels.symbol
        and bins.model = labels.model
        and bins.side = labels.side
        and bins.price_low = labels.price_low

),

-- Zones are compared in the order of their prices, the levels in no zone first.
zones as (

    select
        symbol,
        model,
        side,
        zone + 1 as place,
        sum(notional_quote) as notional_quote,
        sum(side_share) as side_share,
        sum(level_count) as level_count,
        sum(amount * price_middle) / sum(amount) as price_centroid,
        -- Amounts are added with 15 decimals.
        1e-8 + 1e-13 / sum(amount) as rounding

    from bins_of_zones
    group by symbol, model, side, zone

),

published_zones as (

    select
        *,
        if(
            zone_rank = 0,
            0,
            row_number() over (partition by symbol, model, side, zone_rank = 0 order by price_centroid)
        ) as place,
        count(*) filter (zone_rank > 0) over (partition by symbol, model, side) as zone_count,
        case side when 'long' then price_high else price_low end as near_price,
        lag(coalesce(notional_quote, side_share * price_centroid)) over (
            partition by symbol, model, side, zone_rank = 0 order by zone_rank
        ) as amount_before

    from {{ ref('liquidation_zones') }}

),

-- The part of a zone's amount that lies below its edges.
amounts_below_edges as (

    select
        published_zones.symbol,
        published_zones.model,
        published_zones.side,
        published_zones.place,
        sum(bins.amount) as amount,
        sum(bins.amount) filter (bins.price_low < published_zones.price_low) as below_low,
        sum(bins.amount) filter (bins.price_low <= published_zones.price_low) as up_to_low,
        sum(bins.amount) filter (bins.price_high < published_zones.price_high) as below_high,
        sum(bins.amount) filter (bins.price_high <= published_zones.price_high) as up_to_high,
        bool_or(bins.price_low = published_zones.price_low) as begins_at_a_bin,
        bool_or(bins.price_high = published_zones.price_high) as ends_at_a_bin

    from published_zones
    inner join bins_of_zones as bins
        on published_zones.symbol = bins.symbol
        and published_zones.model = bins.model
        and published_zones.side = bins.side
        and published_zones.place = bins.zone + 1
    where published_zones.zone_rank > 0
    group by published_zones.symbol, published_zones.model, published_zones.side, published_zones.place

)

select
    coalesce(published.symbol, zones.symbol) as symbol,
    coalesce(published.model, zones.model) as model,
    coalesce(published.side, zones.side) as side,
    published.zone_rank,
    published.notional_quote,
    zones.notional_quote as quote_of_levels,
    published.price_centroid,
    zones.price_centroid as centroid_of_levels,
    published.price_low,
    published.price_high

from published_zones as published
full join zones
    on published.symbol = zones.symbol
    and published.model = zones.model
    and published.side = zones.side
    and published.place = zones.place
left join amounts_below_edges as edges
    on published.symbol = edges.symbol
    and published.model = edges.model
    and published.side = edges.side
    and published.place = edges.place
left join {{ ref('symbols') }} as symbols
    on published.symbol = symbols.symbol
left join {{ ref('int_average_true_range') }} as ranges
    on published.symbol = ranges.symbol
where
    published.symbol is null
    or zones.symbol is null
    or published.as_of is distinct from symbols.as_of
    or published.level_count <> zones.level_count
    or published.zone_rank > published.zone_count
    or (published.notional_quote is null) <> (zones.notional_quote is null)
    or abs(published.notional_quote - zones.notional_quote) > 1e-9 * zones.notional_quote + 1e-6
    or abs(published.side_share - zones.side_share) > 1e-9
    or (
        published.zone_rank > 0
        and (
            coalesce(abs(published.price_centroid / zones.price_centroid - 1) > zones.rounding, true)
            or published.amount_before < coalesce(
                published.notional_quote, published.side_share * published.price_centroid
            ) * (1 - 1e-6 - zones.rounding)
            or not coalesce(edges.begins_at_a_bin and edges.ends_at_a_bin, false)
            -- A twentieth of the amount lies below the zone, and a twentieth above.
            or coalesce(edges.below_low, 0) > (0.05 + zones.rounding) * edges.amount
            or edges.up_to_low < (0.05 - zones.rounding) * edges.amount
            or coalesce(edges.below_high, 0) > (0.95 + zones.rounding) * edges.amount
            or edges.up_to_high < (0.95 - zones.rounding) * edges.amount
            or coalesce(
                abs(published.distance_pct - 100 * (published.near_price / symbols.mark_price - 1)) > 1e-9, true
            )
            or (published.distance_atr is null) <> (ranges.average_true_range_quote = 0)
            or abs(published.distance_atr * ranges.average_true_range_quote + symbols.mark_price - published.near_price)
            > 1e-9 * symbols.mark_price
            or coalesce(
                abs(published.centroid_distance_pct - 100 * (published.price_centroid / symbols.mark_price - 1)) > 1e-7,
                true
            )
            or coalesce(
                abs(published.width_pct * published.price_centroid / 100 - (published.price_high - published.price_low))
                > 1e-9 * published.price_high, true
            )
            or (published.quote_per_pct is null) <> (published.notional_quote is null)
            or abs(published.quote_per_pct * published.width_pct - published.notional_quote)
            > 1e-9 * published.notional_quote
        )
    )
