with

bars as (

    select
        ticker_bars.bar_at,
        ticker_bars.symbol,
        ticker_bars.source,
        ticker_bars.mark_open,
        ticker_bars.mark_high,
        ticker_bars.mark_low,
        ticker_bars.mark_close,
        ticker_bars.volume_coins,
        ticker_bars.volume_quote,
        ticker_bars.is_mark_price_traded,
        ticker_bars.bar_ends_at

    from {{ ref('int_ticker_bars') }} as ticker_bars
    inner join {{ ref('symbols') }} as symbols
        on ticker_bars.symbol = symbols.symbol
        and ticker_bars.bar_at >= symbols.as_of - {{ var('history_days') }} * interval '1 day'
        and ticker_bars.bar_at >= coalesce(symbols.contract_starts_at, '-infinity')
        and ticker_bars.bar_ends_at <= symbols.as_of

)

{{ rows_that_differ(
    ref('price_bars'), 'bars', ['symbol', 'bar_at'],
    numbers=['mark_open', 'mark_high', 'mark_low', 'mark_close', 'volume_coins', 'volume_quote'],
    others=['source', 'is_mark_price_traded', 'bar_ends_at']
) }}
