with

swept_quantities as (

    select * from {{ ref('int_swept_quantities') }}

),

scales as (

    select * from {{ ref('int_ensemble_scales') }}

),

swept_amounts as (

    select
        symbol,
        model,
        side,
        leverage_group,
        {{ exact_sum('swept_coins * ' ~ function('bin_middle') ~ '(price_low)') }} as swept_quote,
        {{ exact_sum(
            'swept_coins * closing_sensitivity * ' ~ function('bin_middle') ~ '(price_low)'
        ) }} as closing_quote,
        bar_at

    from swept_quantities
    where swept_coins is not null
    group by all

    union all

    -- The ensemble sweeps with the weights at the start of the bar.
    select
        swept_quantities.symbol,
        'ensemble' as model,
        swept_quantities.side,
        swept_quantities.leverage_group,
        {{ exact_sum(
            'swept_quantities.swept_coins * scales.ensemble_weight * ' ~ function('bin_middle') ~ '(swept_quantities.price_low)'
        ) }} as swept_quote,
        {{ exact_sum(
            'swept_quantities.swept_coins * scales.ensemble_weight * swept_quantities.closing_sensitivity * '
            ~ function('bin_middle') ~ '(swept_quantities.price_low)'
        ) }} as closing_quote,
        swept_quantities.bar_at

    from swept_quantities
    inner join scales
        on swept_quantities.symbol = scales.symbol
        and swept_quantities.model = scales.model
        and swept_quantities.side = scales.side
        and swept_quantities.previous_bar_at = scales.bar_at
    where swept_quantities.swept_coins is not null
    group by all

)

select * from swept_amounts
