with

swept_quantities as (

    select * from {{ ref('int_swept_quantities') }}

),

totals as (

    select * from {{ ref('int_book_totals') }}

),

bars as (

    select * from {{ ref('int_bars') }}

),

market_window as (

    select * from {{ ref('int_market_window') }}

),

versions as (

    select * from {{ ref('int_weight_versions') }}

),

scales as (

    select * from {{ ref('int_book_scales') }}

),

-- what was observed of exactly this bar: totals of longer times are in realised_liquidations
realised as (

    select
        symbol,
        side,
        arg_min(realised_quote, source) as realised_quote,
        starts_at as bar_at,
        ends_at as bar_ends_at

    from {{ ref('int_realised_liquidations') }}
    group by symbol, side, starts_at, ends_at

),

swept as (

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
    group by all

    union all

    -- with the weights of the book at the start of the bar
    select
        swept_quantities.symbol,
        'ensemble' as model,
        swept_quantities.side,
        swept_quantities.leverage_group,
        {{ exact_sum(
            'swept_quantities.reconciled_coins * scales.ensemble_weight * ' ~ function('bin_middle') ~ '(swept_quantities.price_low)'
        ) }} as swept_quote,
        {{ exact_sum(
            'swept_quantities.reconciled_coins * scales.ensemble_weight * swept_quantities.closing_sensitivity * '
            ~ function('bin_middle') ~ '(swept_quantities.price_low)'
        ) }} as closing_quote,
        swept_quantities.bar_at

    from swept_quantities
    inner join scales
        on swept_quantities.symbol = scales.symbol
        and swept_quantities.model = scales.model
        and swept_quantities.side = scales.side
        and swept_quantities.previous_bar_at = scales.bar_at
    where swept_quantities.reconciled_coins is not null
    group by all

),

-- with the share that is liquidated, as it had been learned before the bar
swept_with_share as (

    select
        swept.symbol,
        swept.model,
        swept.side,
        swept.swept_quote,
        versions.kappa,
        {{ function('expected_factor') }}(
            versions.kappa, versions.kappa_low, versions.mix_variance,
            coalesce(swept.closing_quote / nullif(swept.swept_quote, 0), 0)
        ) as expected_factor,
        swept.bar_at

    from swept
    asof inner join versions
        on swept.symbol = versions.symbol
        and swept.model = versions.model
        and swept.leverage_group = versions.leverage_group
        and swept.bar_at >= versions.valid_from

),

expected as (

    select
        symbol,
        model,
        side,
        {{ exact_sum('swept_quote') }} as swept_quote,
        {{ exact_sum('swept_quote * kappa') }} as expected_quote,
        {{ exact_sum('swept_quote * kappa / expected_factor') }} as expected_low_quote,
        {{ exact_sum('swept_quote * least(1, kappa * expected_factor)') }} as expected_high_quote,
        bar_at

    from swept_with_share
    group by symbol, model, side, bar_at

),

-- a model speaks of every bar from the one after it first held a book
speaking as (

    select
        symbol,
        model,
        min(bar_at) as first_book_at

    from totals
    group by symbol, model

    union all

    select
        symbol,
        'ensemble' as model,
        min(bar_at) as first_book_at

    from totals
    where open_interest_coins is not null
    group by symbol

),

final as (

    select
        bars.bar_at,
        speaking.symbol,
        speaking.model,
        sides.side,
        coalesce(expected.swept_quote, 0) as swept_quote,
        coalesce(expected.expected_quote, 0) as expected_quote,
        realised.realised_quote,
        bars.mark_open,
        bars.mark_close,
        coalesce(expected.expected_low_quote, 0) as expected_low_quote,
        coalesce(expected.expected_high_quote, 0) as expected_high_quote

    from speaking
    cross join (values ('long'), ('short')) as sides (side)
    inner join market_window
        on speaking.symbol = market_window.symbol
    inner join bars
        on speaking.symbol = bars.symbol
        and speaking.first_book_at < bars.bar_at
        and market_window.history_starts_at <= bars.bar_at
    left join expected
        on speaking.symbol = expected.symbol
        and speaking.model = expected.model
        and sides.side = expected.side
        and bars.bar_at = expected.bar_at
    left join realised
        on speaking.symbol = realised.symbol
        and sides.side = realised.side
        and bars.bar_at = realised.bar_at
        and bars.bar_ends_at = realised.bar_ends_at

)

select * from final
