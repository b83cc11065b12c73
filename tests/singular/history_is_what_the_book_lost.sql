{%- set middle = function('bin_middle') ~ '(swept.price_low)' -%}

with

-- What each model swept, and the ensemble, whose models count with the weights they had before the bar.
swept_parts as (

    select
        swept.symbol,
        swept.model,
        swept.side,
        swept.leverage_group,
        swept.bar_at,
        swept.swept_coins * {{ middle }} as swept_quote,
        swept.closing_sensitivity

    from {{ ref('int_swept_quantities') }} as swept
    where swept.swept_coins is not null

    union all

    select
        swept.symbol,
        'ensemble' as model,
        swept.side,
        swept.leverage_group,
        swept.bar_at,
        swept.swept_coins * scales.ensemble_weight * {{ middle }} as swept_quote,
        swept.closing_sensitivity

    from {{ ref('int_swept_quantities') }} as swept
    inner join {{ ref('int_ensemble_scales') }} as scales
        on swept.symbol = scales.symbol
        and swept.model = scales.model
        and swept.side = scales.side
        and swept.previous_bar_at = scales.bar_at
    where swept.swept_coins is not null

),

swept_groups as (

    select
        symbol,
        model,
        side,
        leverage_group,
        bar_at,
        sum(swept_quote) as swept_quote,
        coalesce(sum(swept_quote * closing_sensitivity) / nullif(sum(swept_quote), 0), 0) as closing_sensitivity

    from swept_parts
    group by symbol, model, side, leverage_group, bar_at

),

swept_groups_with_share as (

    select
        swept_groups.*,
        versions.kappa,
        {{ function('expected_factor') }}(
            versions.kappa, versions.kappa_low, versions.mix_variance, swept_groups.closing_sensitivity
        ) as expected_factor

    from swept_groups
    asof inner join {{ ref('int_weight_versions') }} as versions
        on swept_groups.symbol = versions.symbol
        and swept_groups.model = versions.model
        and swept_groups.leverage_group = versions.leverage_group
        and swept_groups.bar_at >= versions.valid_from

),

swept_bars as (

    select
        symbol,
        model,
        side,
        bar_at,
        sum(swept_quote) as swept_quote,
        sum(swept_quote * kappa) as expected_quote,
        sum(swept_quote * kappa / expected_factor) as expected_low_quote,
        sum(swept_quote * least(1, kappa * expected_factor)) as expected_high_quote

    from swept_groups_with_share
    group by symbol, model, side, bar_at

),

first_books as (

    select
        symbol,
        model,
        min(bar_at) as first_book_at

    from {{ ref('int_book_totals') }}
    where open_interest_coins is not null
    group by symbol, model

),

first_books_with_ensemble as (

    select * from first_books

    union all

    select
        symbol,
        'ensemble' as model,
        min(first_book_at) as first_book_at

    from first_books
    group by symbol

),

-- Observations of one bar; where several sources looked, the first by name counts.
realised as (

    select
        symbol,
        side,
        starts_at,
        ends_at,
        arg_min(realised_quote, source) as realised_quote

    from {{ ref('realised_liquidations') }}
    group by symbol, side, starts_at, ends_at

),

-- Every bar that is shown after the first book, on both sides.
recomputed_history as (

    select
        books.symbol,
        books.model,
        sides.side,
        bars.bar_at,
        bars.mark_open,
        bars.mark_close,
        realised.realised_quote,
        coalesce(swept_bars.swept_quote, 0) as swept_quote,
        coalesce(forecasts.expected_quote, swept_bars.expected_quote, 0) as expected_quote,
        coalesce(forecasts.expected_low_quote, swept_bars.expected_low_quote, 0) as expected_low_quote,
        coalesce(forecasts.expected_high_quote, swept_bars.expected_high_quote, 0) as expected_high_quote

    from first_books_with_ensemble as books
    cross join (values ('long'), ('short')) as sides (side)
    inner join {{ ref('price_bars') }} as bars
        on books.symbol = bars.symbol
        and books.first_book_at < bars.bar_at
    left join swept_bars
        on books.symbol = swept_bars.symbol
        and books.model = swept_bars.model
        and sides.side = swept_bars.side
        and bars.bar_at = swept_bars.bar_at
    -- That they add up to the forecast is tested by bars_add_up_to_the_forecast.
    left join {{ ref('int_stretch_forecasts') }} as forecasts
        on books.symbol = forecasts.symbol
        and books.model = forecasts.model
        and sides.side = forecasts.side
        and bars.bar_at = forecasts.bar_at
    left join realised
        on books.symbol = realised.symbol
        and sides.side = realised.side
        and bars.bar_at = realised.starts_at
        and bars.bar_ends_at = realised.ends_at

)

select
    coalesce(history.symbol, recomputed.symbol) as symbol,
    coalesce(history.model, recomputed.model) as model,
    coalesce(history.side, recomputed.side) as side,
    coalesce(history.bar_at, recomputed.bar_at) as bar_at,
    history.swept_quote,
    recomputed.swept_quote as recomputed_swept_quote,
    history.expected_quote,
    recomputed.expected_quote as recomputed_expected_quote,
    history.realised_quote,
    recomputed.realised_quote as recomputed_realised_quote

from {{ ref('liquidation_history') }} as history
full join recomputed_history as recomputed
    on history.symbol = recomputed.symbol
    and history.model = recomputed.model
    and history.side = recomputed.side
    and history.bar_at = recomputed.bar_at
where
    history.symbol is null
    or recomputed.symbol is null
    or history.mark_open <> recomputed.mark_open
    or history.mark_close <> recomputed.mark_close
    or history.realised_quote is distinct from recomputed.realised_quote
    -- Sums have eight decimals in every bin and group.
    or greatest(
        abs(history.swept_quote - recomputed.swept_quote),
        abs(history.expected_quote - recomputed.expected_quote),
        abs(history.expected_low_quote - recomputed.expected_low_quote),
        abs(history.expected_high_quote - recomputed.expected_high_quote)
    ) > 1e-8 * recomputed.swept_quote + 1e-5
