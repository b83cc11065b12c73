with

-- What was observed since the contract began, as the files have it.
observations as (

    select
        open_interest.symbol,
        open_interest.open_interest_coins,
        open_interest.observed_at

    from {{ ref('stg_binance__open_interest') }} as open_interest
    inner join {{ ref('symbols') }} as symbols
        on open_interest.symbol = symbols.symbol
        and open_interest.observed_at > coalesce(symbols.contract_starts_at, '-infinity')

),

-- Each bar with the last observation before its end.
bars as (

    select
        bars.symbol,
        bars.bar_at,
        observations.open_interest_coins,
        observations.observed_at as open_interest_observed_at,
        observations.open_interest_coins - lag(observations.open_interest_coins) over by_time as change_coins

    from {{ ref('int_bars') }} as bars
    inner join {{ ref('symbols') }} as symbols
        on bars.symbol = symbols.symbol
    asof left join observations
        on bars.symbol = observations.symbol
        and bars.bar_ends_at >= observations.observed_at
    window by_time as (partition by bars.symbol order by bars.bar_at)

),

-- Models that say how much of the open interest they explain, in the bars in which both of their sides are left.
books as (

    select
        totals.symbol,
        totals.model,
        totals.bar_at,
        min(totals.attributed_ratio) as attributed_ratio,
        any_value(models.book) as book

    from {{ ref('int_book_totals') }} as totals
    inner join {{ ref('models') }} as models
        on totals.model = models.model
        and models.book <> 'gross'
    where totals.open_interest_coins is not null
    group by totals.symbol, totals.model, totals.bar_at
    having count(*) = 2

),

recomputed_attribution as (

    select
        books.symbol,
        books.model,
        books.bar_at,
        books.attributed_ratio,
        bars.open_interest_coins,
        bars.open_interest_coins as long_coins,
        bars.open_interest_coins as short_coins,
        bars.open_interest_observed_at,
        bars.change_coins,
        flows.opened_coins,
        flows.closed_coins,
        books.book = 'flow' and stock.stock_share > power(0.5, {{ var('burn_in_half_lives') }}) as is_burn_in

    from books
    inner join bars
        on books.symbol = bars.symbol
        and books.bar_at = bars.bar_at
    inner join {{ ref('price_bars') }} as price_bars
        on books.symbol = price_bars.symbol
        and books.bar_at = price_bars.bar_at
    inner join {{ ref('int_bar_flows') }} as flows
        on books.symbol = flows.symbol
        and books.bar_at = flows.bar_at
    inner join {{ ref('int_survival') }} as stock
        on books.symbol = stock.symbol
        and books.bar_at = stock.bar_at

)

{{ rows_that_differ(
    ref('open_interest_attribution'), 'recomputed_attribution', ['symbol', 'model', 'bar_at'],
    numbers=[
        'open_interest_coins', 'long_coins', 'short_coins', 'change_coins', 'opened_coins', 'closed_coins', 'attributed_ratio'
    ],
    others=['is_burn_in', 'open_interest_observed_at']
) }}
