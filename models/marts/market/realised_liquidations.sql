with

observed_liquidations as (

    select * from {{ ref('int_realised_liquidations') }}

),

market_window as (

    select * from {{ ref('int_market_window') }}

),

realised_liquidations as (

    select
        observed_liquidations.starts_at,
        observed_liquidations.ends_at,
        {{ venue() }} as venue,
        observed_liquidations.symbol,
        observed_liquidations.source,
        observed_liquidations.side,
        observed_liquidations.realised_quote,
        observed_liquidations.order_count,
        observed_liquidations.revised_quote

    from observed_liquidations
    inner join market_window
        on observed_liquidations.symbol = market_window.symbol
        and observed_liquidations.starts_at >= market_window.history_starts_at
        and observed_liquidations.ends_at <= market_window.as_of

)

select * from realised_liquidations
