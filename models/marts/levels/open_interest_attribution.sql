with

flows as (

    select * from {{ ref('int_bar_flows') }}

),

totals as (

    select * from {{ ref('int_book_totals') }}

),

models as (

    select * from {{ ref('models') }}

),

market_window as (

    select * from {{ ref('int_market_window') }}

),

survival as (

    select * from {{ ref('int_survival') }}

),

-- Books that have both sides. After a move that swept a whole side, nothing there could hold the open interest.
books_with_both_sides as (

    select
        symbol,
        model,
        {{ exact_sum("case side when 'long' then alive_coins * scale end", decimals=15) }} as long_coins,
        {{ exact_sum("case side when 'short' then alive_coins * scale end", decimals=15) }} as short_coins,
        min(attributed_ratio) as attributed_ratio,
        bar_at

    from totals
    group by symbol, model, bar_at
    having count(*) = 2

),

open_interest_attribution as (

    select
        flows.bar_at,
        {{ venue() }} as venue,
        flows.symbol,
        books_with_both_sides.model,
        flows.open_interest_coins,
        books_with_both_sides.long_coins,
        books_with_both_sides.short_coins,
        books_with_both_sides.attributed_ratio,
        flows.opened_coins,
        flows.closed_coins,
        models.book = 'flow' and survival.stock_share > power(0.5, {{ var('burn_in_half_lives') }}) as is_burn_in,
        flows.change_coins,
        flows.observed_at as open_interest_observed_at

    from flows
    inner join market_window
        on flows.symbol = market_window.symbol
        and flows.bar_at >= market_window.history_starts_at
    inner join books_with_both_sides
        on flows.symbol = books_with_both_sides.symbol
        and flows.bar_at = books_with_both_sides.bar_at
    inner join models
        on books_with_both_sides.model = models.model
        and models.book <> 'gross'
    inner join survival
        on flows.symbol = survival.symbol
        and flows.bar_at = survival.bar_at

)

select * from open_interest_attribution
