with

bars as (

    select * from {{ ref('int_bars') }}

),

market_window as (

    select * from {{ ref('int_market_window') }}

),

open_interest as (

    select * from {{ ref('stg_binance__open_interest') }}

),

-- observations may lie closer than bars or further apart: the last one before a bar and the first one after it bound
-- what can be said of it, and both must have been known by the time the levels are as of
changes as (

    select
        bars.symbol,
        before.open_interest_coins as open_interest_before_coins,
        later.open_interest_coins as open_interest_after_coins,
        later.open_interest_coins - before.open_interest_coins as change_coins,
        bars.bar_at,
        before.observed_at as observed_from,
        later.observed_at as observed_until

    from bars
    inner join market_window
        on bars.symbol = market_window.symbol
    asof inner join open_interest as before
        on bars.symbol = before.symbol
        and bars.bar_at >= before.observed_at
    asof inner join open_interest as later
        on bars.symbol = later.symbol
        and bars.bar_ends_at <= later.observed_at
    where later.observed_at <= market_window.as_of

)

select * from changes
