with

model_levels as (

    select * from {{ ref('int_levels') }}

),

market_window as (

    select * from {{ ref('int_market_window') }}

),

weights as (

    select * from {{ ref('int_weights_in_force') }}

),

levels as (

    select
        symbol,
        model,
        side,
        leverage,
        price_low,
        quantity_coins,
        closing_sensitivity

    from model_levels

    union all

    select
        symbol,
        'ensemble' as model,
        side,
        leverage,
        price_low,
        {{ exact_sum('ensemble_coins', decimals=15) }} as quantity_coins,
        {{ exact_sum('ensemble_coins * closing_sensitivity', decimals=15) }}
        / ({{ exact_sum('ensemble_coins', decimals=15) }}) as closing_sensitivity

    from model_levels
    where ensemble_coins > 0
    group by symbol, side, leverage, price_low

),

priced as (

    select
        *,
        {{ function('leverage_group') }}(leverage) as leverage_group,
        price_low + {{ function('bin_width') }}(price_low) as price_high,
        quantity_coins * {{ function('bin_middle') }}(price_low) as notional_quote

    from levels

),

bins as (

    select
        symbol,
        model,
        side,
        price_low,
        {{ exact_sum('notional_quote') }} as notional_quote

    from priced
    group by symbol, model, side, price_low

),

-- from the mark price outward: down for longs, up for shorts
accumulated as (

    select
        symbol,
        model,
        side,
        price_low,
        {{ exact_sum('notional_quote', over="
            over (
                partition by symbol, model, side
                order by case side when 'long' then -price_low else price_low end
            )
        ") }} as cumulative_quote

    from bins

),

shares as (

    select
        symbol,
        model,
        side,
        price_low,
        {{ exact_sum('side_share', decimals=15) }} as side_share,
        max(ensemble_weight) as ensemble_weight

    from model_levels
    group by symbol, model, side, price_low

),

combined_shares as (

    select
        *,
        {{ exact_sum(
            'ensemble_weight * side_share', decimals=15, over='over (partition by symbol, side, price_low)'
        ) }} as ensemble_share

    from shares

),

-- the part of the ensemble's level that the models agree on: one where all put the same share of their side into the
-- bin, the weight of the only model where the others put none
agreement as (

    select
        symbol,
        side,
        price_low,
        {{ exact_sum('ensemble_weight * least(side_share, ensemble_share)', decimals=15) }}
        / nullif(max(ensemble_share), 0) as confidence

    from combined_shares
    group by symbol, side, price_low

),

with_share_liquidated as (

    select
        priced.*,
        weights.kappa,
        {{ function('expected_factor') }}(
            weights.kappa, weights.kappa_low, weights.mix_variance, priced.closing_sensitivity
        ) as expected_factor

    from priced
    inner join weights
        on priced.symbol = weights.symbol
        and priced.model = weights.model
        and priced.leverage_group = weights.leverage_group

),

final as (

    select
        market_window.as_of,
        priced.symbol,
        priced.model,
        priced.side,
        cast(priced.leverage as double) as leverage,
        priced.price_low,
        priced.price_high,
        priced.quantity_coins,
        priced.notional_quote,
        priced.notional_quote * priced.kappa as expected_quote,
        accumulated.cumulative_quote,
        100 * (
            case priced.side when 'long' then priced.price_high else priced.price_low end
            / market_window.mark_price - 1
        ) as distance_pct,
        agreement.confidence,
        priced.leverage_group,
        priced.notional_quote * priced.kappa / priced.expected_factor as expected_low_quote,
        priced.notional_quote * least(priced.kappa * priced.expected_factor, 1) as expected_high_quote

    from with_share_liquidated as priced
    inner join market_window
        on priced.symbol = market_window.symbol
    inner join accumulated
        on priced.symbol = accumulated.symbol
        and priced.model = accumulated.model
        and priced.side = accumulated.side
        and priced.price_low = accumulated.price_low
    inner join agreement
        on priced.symbol = agreement.symbol
        and priced.side = agreement.side
        and priced.price_low = agreement.price_low

)

select * from final
