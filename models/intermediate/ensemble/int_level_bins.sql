with

levels as (

    select * from {{ ref('int_priced_levels') }}

),

bins as (

    select
        symbol,
        model,
        side,
        price_low,
        price_high,
        {{ exact_sum('quantity_coins', decimals=15) }} as quantity_coins,
        {{ exact_sum('notional_quote', decimals=15) }} as notional_quote,
        count(*) as level_count

    from levels
    group by symbol, model, side, price_low, price_high

),

-- from the mark price outward: down for longs, up for shorts
accumulated_bins as (

    select
        *,
        {{ exact_sum('notional_quote', over="
            over (
                partition by symbol, model, side
                order by case side when 'long' then -price_low else price_low end
            )
        ") }} as cumulative_quote

    from bins

)

select * from accumulated_bins
