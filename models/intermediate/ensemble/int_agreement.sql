with

levels as (

    select * from {{ ref('int_levels') }}

),

scales as (

    select * from {{ ref('int_ensemble_scales') }}

),

model_bins as (

    select
        levels.symbol,
        levels.model,
        levels.side,
        levels.price_low,
        {{ exact_sum('levels.side_share', decimals=15) }} as side_share,
        max(scales.ensemble_weight) as ensemble_weight

    from levels
    inner join scales
        on levels.symbol = scales.symbol
        and levels.model = scales.model
        and levels.side = scales.side
        and levels.bar_at = scales.bar_at
    group by levels.symbol, levels.model, levels.side, levels.price_low

),

bins_with_ensemble_share as (

    select
        *,
        {{ exact_sum(
            'ensemble_weight * side_share', decimals=15, over='over (partition by symbol, side, price_low)'
        ) }} as ensemble_share

    from model_bins

),

-- The part of the ensemble's level that the models agree on: one where all put the same share of their side into the
-- bin, the weight of the only model where the others put none.
agreement as (

    select
        symbol,
        side,
        price_low,
        {{ exact_sum('ensemble_weight * least(side_share, ensemble_share)', decimals=15) }}
        / nullif(max(ensemble_share), 0) as agreement

    from bins_with_ensemble_share
    group by symbol, side, price_low

)

select * from agreement
