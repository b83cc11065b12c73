with

levels as (

    select * from {{ ref('int_priced_levels') }}

),

bin_sums as (

    select
        symbol,
        model,
        side,
        price_low,
        price_high,
        {{ exact_sum('quantity_coins', decimals=15) }} as quantity_coins,
        {{ exact_sum('notional_quote', decimals=15) }} as notional_quote,
        {{ exact_sum('side_share', decimals=15) }} as side_share,
        count(*) as level_count

    from levels
    group by symbol, model, side, price_low, price_high

),

-- Bins with the running total from the mark price outward: downward for longs, upward for shorts.
level_bins as (

    select
        *,
        {{ exact_sum('notional_quote', over='over outward') }} as cumulative_quote,
        {{ exact_sum('side_share', decimals=15, over='over outward') }} as cumulative_share

    from bin_sums
    window outward as (
        partition by symbol, model, side order by case side when 'long' then -price_low else price_low end
    )

)

select * from level_bins
