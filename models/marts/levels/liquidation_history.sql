with

swept_amounts as (

    select * from {{ ref('int_swept_amounts') }}

),

stretch_forecasts as (

    select * from {{ ref('int_stretch_forecasts') }}

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

-- Observations of exactly one bar. Totals of longer times are in realised_liquidations.
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

-- Before enough liquidations have been observed for a forecast, a share of what is swept is expected, as it had been
-- learned before the bar.
sweeps_with_share_liquidated as (

    select
        swept_amounts.symbol,
        swept_amounts.model,
        swept_amounts.side,
        swept_amounts.swept_quote,
        versions.kappa,
        {{ function('expected_factor') }}(
            versions.kappa, versions.kappa_low, versions.mix_variance,
            coalesce(swept_amounts.closing_quote / nullif(swept_amounts.swept_quote, 0), 0)
        ) as expected_factor,
        swept_amounts.bar_at

    from swept_amounts
    asof inner join versions
        on swept_amounts.symbol = versions.symbol
        and swept_amounts.model = versions.model
        and swept_amounts.leverage_group = versions.leverage_group
        and swept_amounts.bar_at >= versions.valid_from

),

expected_amounts as (

    select
        symbol,
        model,
        side,
        {{ exact_sum('swept_quote') }} as swept_quote,
        {{ exact_sum('swept_quote * kappa') }} as expected_quote,
        {{ exact_sum('swept_quote * kappa / expected_factor') }} as expected_low_quote,
        {{ exact_sum('swept_quote * least(1, kappa * expected_factor)') }} as expected_high_quote,
        bar_at

    from sweeps_with_share_liquidated
    group by symbol, model, side, bar_at

),

-- The first bar at whose end a model's book is scaled to open interest. Its history has every bar after that, also
-- where it swept nothing. Without open interest there is no history, because what was swept has no amount.
first_books as (

    select
        symbol,
        model,
        min(bar_at) as first_book_at

    from totals
    where open_interest_coins is not null
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

liquidation_history as (

    select
        bars.bar_at,
        {{ venue() }} as venue,
        first_books.symbol,
        first_books.model,
        sides.side,
        coalesce(expected_amounts.swept_quote, 0) as swept_quote,
        coalesce(stretch_forecasts.expected_quote, expected_amounts.expected_quote, 0) as expected_quote,
        realised.realised_quote,
        bars.mark_open,
        bars.mark_close,
        coalesce(stretch_forecasts.expected_low_quote, expected_amounts.expected_low_quote, 0) as expected_low_quote,
        coalesce(stretch_forecasts.expected_high_quote, expected_amounts.expected_high_quote, 0) as expected_high_quote

    from first_books
    cross join (values ('long'), ('short')) as sides (side)
    inner join market_window
        on first_books.symbol = market_window.symbol
    inner join bars
        on first_books.symbol = bars.symbol
        and first_books.first_book_at < bars.bar_at
        and market_window.history_starts_at <= bars.bar_at
    left join expected_amounts
        on first_books.symbol = expected_amounts.symbol
        and first_books.model = expected_amounts.model
        and sides.side = expected_amounts.side
        and bars.bar_at = expected_amounts.bar_at
    left join stretch_forecasts
        on first_books.symbol = stretch_forecasts.symbol
        and first_books.model = stretch_forecasts.model
        and sides.side = stretch_forecasts.side
        and bars.bar_at = stretch_forecasts.bar_at
    left join realised
        on first_books.symbol = realised.symbol
        and sides.side = realised.side
        and bars.bar_at = realised.bar_at
        and bars.bar_ends_at = realised.bar_ends_at

)

select * from liquidation_history
