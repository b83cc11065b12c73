with

bars as (

    select * from {{ ref('int_ticker_bars') }}

),

contracts as (

    select * from {{ ref('int_contracts') }}

),

-- Bars of the last contract only: a symbol may name one contract after another, and only the last has a book.
bars_of_last_contract as (

    select
        bars.symbol,
        bars.source,
        bars.bar_minutes,
        bars.open_price,
        bars.high_price,
        bars.low_price,
        bars.close_price,
        bars.mark_open,
        bars.mark_high,
        bars.mark_low,
        bars.mark_close,
        bars.is_mark_price_traded,
        bars.volume_coins,
        bars.volume_quote,
        bars.trade_count,
        bars.is_taker_side_inferred,
        bars.bar_at,
        bars.bar_ends_at,
        bars.trade_date

    from bars
    inner join contracts
        on bars.symbol = contracts.symbol
        and bars.bar_at >= contracts.starts_at
        and bars.bar_at < coalesce(contracts.ends_at, 'infinity')
    where contracts.is_last

)

select * from bars_of_last_contract
