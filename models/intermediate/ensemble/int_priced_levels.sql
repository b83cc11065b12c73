with

model_levels as (

    select * from {{ ref('int_levels') }}

),

scales as (

    select * from {{ ref('int_ensemble_scales') }}

),

ensemble_levels as (

    select
        levels.symbol,
        'ensemble' as model,
        levels.side,
        levels.leverage,
        levels.price_low,
        {{ exact_sum('levels.alive_coins * scales.ensemble_scale', decimals=15) }} as quantity_coins,
        {{ exact_sum('levels.alive_coins * scales.ensemble_scale * levels.closing_sensitivity', decimals=15) }}
        / ({{ exact_sum('levels.alive_coins * scales.ensemble_scale', decimals=15) }}) as closing_sensitivity

    from model_levels as levels
    inner join scales
        on levels.symbol = scales.symbol
        and levels.model = scales.model
        and levels.side = scales.side
        and levels.bar_at = scales.bar_at
    where levels.alive_coins * scales.ensemble_scale > 0
    group by levels.symbol, levels.side, levels.leverage, levels.price_low

),

ensemble_levels_with_share as (

    select
        symbol,
        model,
        side,
        leverage,
        price_low,
        quantity_coins,
        quantity_coins / ({{ exact_sum(
            'quantity_coins', decimals=15, over='over (partition by symbol, side)'
        ) }}) as side_share,
        closing_sensitivity

    from ensemble_levels
    -- A sum may round to nothing.
    where quantity_coins > 0

),

levels as (

    select
        symbol,
        model,
        side,
        leverage,
        price_low,
        quantity_coins,
        side_share,
        closing_sensitivity

    from model_levels

    union all

    select * from ensemble_levels_with_share

),

priced_levels as (

    select
        symbol,
        model,
        side,
        leverage,
        {{ function('leverage_group') }}(leverage) as leverage_group,
        price_low,
        price_low + {{ function('bin_width') }}(price_low) as price_high,
        quantity_coins,
        quantity_coins * {{ function('bin_middle') }}(price_low) as notional_quote,
        side_share,
        closing_sensitivity

    from levels

)

select * from priced_levels
