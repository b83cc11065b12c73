with

bars as (

    select * from {{ ref('int_bars') }}

),

open_interest as (

    select * from {{ ref('int_open_interest') }}

),

contracts as (

    select * from {{ ref('int_contracts') }}
    where is_last

),

last_bars as (

    select
        symbol,
        max(bar_ends_at) as as_of,
        min(bar_at) as first_bar_at,
        max(bar_at) as last_bar_at,
        arg_max(mark_close, bar_at) as mark_price,
        arg_max(is_mark_price_traded, bar_at) as is_mark_price_traded

    from bars
    group by symbol

),

windows as (

    select
        last_bars.symbol,
        last_bars.mark_price,
        last_bars.is_mark_price_traded,
        open_interest.open_interest_coins,
        open_interest.open_interest_coins * last_bars.mark_price as open_interest_quote,
        last_bars.as_of,
        last_bars.as_of - {{ var('lookback_days') }} * interval '1 day' as window_starts_at,
        last_bars.as_of - {{ var('history_days') }} * interval '1 day' as history_starts_at,
        last_bars.first_bar_at,
        last_bars.last_bar_at,
        open_interest.observed_at as open_interest_observed_at,
        nullif(contracts.starts_at, '-infinity') as contract_starts_at,
        contracts.is_trading,
        contracts.traded_until

    from last_bars
    inner join contracts
        on last_bars.symbol = contracts.symbol
    asof left join open_interest
        on last_bars.symbol = open_interest.symbol
        and last_bars.as_of >= open_interest.observed_at

)

select * from windows
