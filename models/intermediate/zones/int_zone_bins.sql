with

bins as (

    select
        *,
        (price_low + price_high) / 2 as price_middle,
        -- What zones are found by. Without open interest only the proportions within a side are known.
        coalesce(notional_quote, side_share * (price_low + price_high) / 2) as amount

    from {{ ref('int_level_bins') }}

),

market_window as (

    select * from {{ ref('int_market_window') }}

),

average_true_ranges as (

    select * from {{ ref('int_average_true_range') }}

),

-- Each bin with its place on the line that zones are searched on. By log, places and widths are percent of the bin's
-- own price, so that bins near and far are equally wide.
bins_with_position as (

    select
        bins.*,
        {% if var('zone_metric') == 'log' -%}
            100 * ln(bins.price_middle / market_window.mark_price) as position_pct,
            100 * (bins.price_high - bins.price_low) / bins.price_middle as width_pct,
        {%- else -%}
            100 * (bins.price_middle / market_window.mark_price - 1) as position_pct,
            100 * (bins.price_high - bins.price_low) / market_window.mark_price as width_pct,
        {%- endif %}
        100 * average_true_ranges.average_true_range_quote / market_window.mark_price as range_pct

    from bins
    inner join market_window
        on bins.symbol = market_window.symbol
    inner join average_true_ranges
        on bins.symbol = average_true_ranges.symbol

),

bins_with_sums as (

    select
        *,
        {{ exact_sum('amount', decimals=15, over="over (partition by symbol, model, side)") }} as side_amount,
        {{ exact_sum('amount', decimals=15, over="
            over (partition by symbol, model, side order by position_pct)
        ") }} as amount_up_to,
        {{ exact_sum('amount', decimals=15, over="
            over (
                partition by symbol, model, side
                order by position_pct
                range between " ~ var('zone_surroundings_pct') ~ " preceding
                and " ~ var('zone_surroundings_pct') ~ " following
            )
        ") }} as surroundings_amount

    from bins_with_position

),

-- The density of each side and its radii. The least radius reaches from one bin to the next: else every bin would be a
-- zone of its own where the price hardly moves.
side_densities as (

    select
        symbol,
        model,
        side,
        -- Over the middle nine tenths of the amount, so that a few levels far away do not stretch the side.
        0.9 * max(side_amount) / nullif(
            min(position_pct) filter (where amount_up_to >= 0.95 * side_amount)
            - min(position_pct) filter (where amount_up_to >= 0.05 * side_amount), 0
        ) as amount_per_pct,
        {% if var('zone_eps_pct') == 'auto' -%}
            1.5 * max(width_pct) as finest_eps_pct,
            greatest(1.5 * max(width_pct), {{ var('zone_eps_atr') }} * max(range_pct)) as widest_eps_pct
        {%- else -%}
            cast({{ var('zone_eps_pct') }} as double) as finest_eps_pct,
            cast({{ var('zone_eps_pct') }} as double) as widest_eps_pct
        {%- endif %}

    from bins_with_sums
    group by symbol, model, side

),

-- What is usual at a bin is the mean of two densities. Compared with its surroundings alone, any small level in an
-- empty place would stand out; compared with its side alone, nothing near the mark price would.
bins_with_density as (

    select
        bins_with_sums.*,
        side_densities.finest_eps_pct,
        side_densities.widest_eps_pct,
        bins_with_sums.surroundings_amount / (2 * {{ var('zone_surroundings_pct') }}) as surroundings_per_pct,
        (surroundings_per_pct + coalesce(side_densities.amount_per_pct, surroundings_per_pct)) / 2 as usual_per_pct

    from bins_with_sums
    inner join side_densities
        on bins_with_sums.symbol = side_densities.symbol
        and bins_with_sums.model = side_densities.model
        and bins_with_sums.side = side_densities.side

),

zone_bins as (

    select
        symbol,
        model,
        side,
        price_low,
        price_high,
        price_middle,
        position_pct,
        quantity_coins,
        notional_quote,
        side_share,
        amount,
        level_count,
        amount / (2 * widest_eps_pct * usual_per_pct) as weight,
        cast({{ var('zone_min_samples') }} as double) as min_samples,
        finest_eps_pct,
        widest_eps_pct

    from bins_with_density

)

select * from zone_bins
