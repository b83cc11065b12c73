with

levels as (

    select * from {{ ref('liquidation_levels') }}

),

bins as (

    select
        as_of,
        symbol,
        model,
        side,
        price_low,
        price_high,
        distance_pct,
        max(cumulative_quote) as cumulative_quote,
        {{ exact_sum('notional_quote') }} as notional_quote

    from levels
    group by all

),

-- the largest bin of a side, at the edge that is reached first
final as (

    select
        as_of,
        symbol,
        model,
        side,
        case side when 'long' then price_high else price_low end as price,
        cumulative_quote,
        distance_pct,
        notional_quote

    from bins
    qualify row_number() over (
        partition by symbol, model, side order by notional_quote desc, abs(distance_pct)
    ) = 1

)

select * from final
