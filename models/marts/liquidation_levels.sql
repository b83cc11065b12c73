with

levels as (

    select * from {{ ref('int_live_levels') }}

),

bins as (

    select
        symbol,
        model,
        side,
        price_low,
        {{ exact_sum('notional_quote') }} as notional_quote

    from levels
    group by symbol, model, side, price_low

),

-- from the mark price outward: down for longs, up for shorts
accumulated as (

    select
        symbol,
        model,
        side,
        price_low,
        notional_quote
        / ({{ exact_sum('notional_quote', over='over (partition by symbol, model, side)') }}) as side_share,
        {{ exact_sum('notional_quote', over="
            over (
                partition by symbol, model, side
                order by case side when 'long' then -price_low else price_low end
            )
        ") }} as cumulative_quote

    from bins

),

models_of_side as (

    select
        symbol,
        side,
        count(distinct model) as model_count

    from levels
    group by symbol, side

),

-- one where all models put the same share of their side into the bin, falling to zero where only one puts any
agreement as (

    select
        accumulated.symbol,
        accumulated.side,
        accumulated.price_low,
        case
            when max(models_of_side.model_count) < 2 then null
            when count(*) < max(models_of_side.model_count) then 0
            else min(accumulated.side_share) / max(accumulated.side_share)
        end as confidence

    from accumulated
    inner join models_of_side
        on accumulated.symbol = models_of_side.symbol
        and accumulated.side = models_of_side.side
    group by accumulated.symbol, accumulated.side, accumulated.price_low

),

final as (

    select
        levels.as_of,
        levels.symbol,
        levels.model,
        levels.side,
        cast(levels.leverage as double) as leverage,
        levels.price_low,
        levels.price_high,
        levels.quantity_coins,
        levels.notional_quote,
        -- how much of a swept level is really liquidated is not known before it has been fitted
        cast(null as double) as expected_quote,
        accumulated.cumulative_quote,
        100 * (
            case levels.side when 'long' then levels.price_high else levels.price_low end / levels.mark_price - 1
        ) as distance_pct,
        agreement.confidence

    from levels
    inner join accumulated
        on levels.symbol = accumulated.symbol
        and levels.model = accumulated.model
        and levels.side = accumulated.side
        and levels.price_low = accumulated.price_low
    inner join agreement
        on levels.symbol = agreement.symbol
        and levels.side = agreement.side
        and levels.price_low = agreement.price_low

)

select * from final
