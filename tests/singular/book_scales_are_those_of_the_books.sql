with

-- The bars that have a column: all of the newest days, and of the others the last before each display time.
bars_with_column as (

    select
        flows.symbol,
        flows.bar_at,
        flows.bar_ends_at,
        flows.open_interest_coins,
        {{ function('display_time') }}(flows.bar_ends_at) as display_at,
        lead(flows.bar_ends_at) over (partition by flows.symbol order by flows.bar_at) as next_ends_at,
        days.is_fine

    from {{ ref('int_bar_flows') }} as flows
    inner join {{ ref('int_days') }} as days
        on flows.symbol = days.symbol
        and flows.trade_date = days.trade_date
        and days.is_kept

),

columns_of_book as (

    select
        *,
        coalesce(next_ends_at > display_at, true) as is_display_time

    from bars_with_column
    where is_fine or coalesce(next_ends_at > display_at, true)

),

weights as (

    select distinct
        symbol,
        model,
        weight,
        valid_from

    from {{ ref('int_weight_versions') }}

),

weighted_books as (

    select
        totals.*,
        weights.weight / sum(weights.weight) over (
            partition by totals.symbol, totals.side, totals.bar_at
        ) as ensemble_weight

    from {{ ref('int_book_totals') }} as totals
    asof inner join weights
        on totals.symbol = weights.symbol
        and totals.model = weights.model
        and totals.bar_at >= weights.valid_from

),

recomputed_scales as (

    select
        {{ venue() }} as venue,
        books.symbol,
        books.model,
        books.side,
        books.bar_at,
        books.stretch_at,
        columns_of_book.is_display_time,
        columns_of_book.open_interest_coins * books.left_share / books.alive_coins as quantity_per_coin,
        case
            when columns_of_book.open_interest_coins is null then books.left_share / books.alive_coins
        end as share_per_coin,
        columns_of_book.open_interest_coins * books.left_share / books.alive_coins * books.ensemble_weight
            as ensemble_per_coin

    from columns_of_book
    inner join weighted_books as books
        on columns_of_book.symbol = books.symbol
        and columns_of_book.bar_at = books.bar_at

)

{{ rows_that_differ(
    ref('book_scales'), 'recomputed_scales', ['venue', 'symbol', 'model', 'side', 'bar_at'],
    numbers=['quantity_per_coin', 'share_per_coin', 'ensemble_per_coin'], others=['is_display_time', 'stretch_at']
) }}
