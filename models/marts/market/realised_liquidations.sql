with

realised as (

    select * from {{ ref('int_realised_liquidations') }}

),

market_window as (

    select * from {{ ref('int_market_window') }}

),

final as (

    select
        realised.starts_at,
        realised.ends_at,
        realised.symbol,
        realised.source,
        realised.side,
        realised.realised_quote,
        realised.order_count

    from realised
    inner join market_window
        on realised.symbol = market_window.symbol
        and realised.starts_at >= market_window.history_starts_at
        and realised.ends_at <= market_window.as_of

)

select * from final
