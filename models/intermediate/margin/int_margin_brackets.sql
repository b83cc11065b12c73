with

brackets as (

    select * from {{ ref('stg_binance__margin_brackets') }}

),

versions as (

    select
        symbol,
        first_seen_on as valid_from,
        lead(first_seen_on) over (partition by symbol order by first_seen_on) as valid_to

    from brackets
    group by symbol, first_seen_on

),

brackets_with_previous_rate as (

    select
        *,
        lag(margin_rate) over (partition by symbol, first_seen_on order by tier_number) as previous_margin_rate

    from brackets

),

-- The maintenance amount is derived, not copied: the exchange sets it so that maintenance margin is continuous where
-- two brackets meet (https://www.binance.com/en/support/faq/b3c689c1f50a44cabb3a84e663b81d93).
margin_brackets as (

    select
        brackets_with_previous_rate.symbol,
        brackets_with_previous_rate.tier_number,
        brackets_with_previous_rate.min_notional,
        brackets_with_previous_rate.max_notional,
        brackets_with_previous_rate.margin_rate,
        brackets_with_previous_rate.max_leverage,
        sum(
            brackets_with_previous_rate.min_notional
            * (brackets_with_previous_rate.margin_rate - coalesce(brackets_with_previous_rate.previous_margin_rate, 0))
        ) over (
            partition by brackets_with_previous_rate.symbol, brackets_with_previous_rate.first_seen_on
            order by brackets_with_previous_rate.tier_number rows between unbounded preceding and current row
        ) as maintenance_amount,
        brackets_with_previous_rate.published_maintenance_amount,
        brackets_with_previous_rate.is_imported,
        versions.valid_from,
        versions.valid_to

    from brackets_with_previous_rate
    inner join versions
        on brackets_with_previous_rate.symbol = versions.symbol
        and brackets_with_previous_rate.first_seen_on = versions.valid_from

)

select * from margin_brackets
