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

with_previous_rate as (

    select
        *,
        lag(margin_rate) over (partition by symbol, first_seen_on order by tier_number) as previous_margin_rate

    from brackets

),

-- the exchange sets each amount so that maintenance margin is continuous where two brackets meet
derived as (

    select
        with_previous_rate.symbol,
        with_previous_rate.tier_number,
        with_previous_rate.min_notional,
        with_previous_rate.max_notional,
        with_previous_rate.margin_rate,
        with_previous_rate.max_leverage,
        sum(
            with_previous_rate.min_notional
            * (with_previous_rate.margin_rate - coalesce(with_previous_rate.previous_margin_rate, 0))
        ) over (
            partition by with_previous_rate.symbol, with_previous_rate.first_seen_on
            order by with_previous_rate.tier_number rows between unbounded preceding and current row
        ) as maintenance_amount,
        with_previous_rate.published_maintenance_amount,
        with_previous_rate.is_imported,
        versions.valid_from,
        versions.valid_to

    from with_previous_rate
    inner join versions
        on with_previous_rate.symbol = versions.symbol
        and with_previous_rate.first_seen_on = versions.valid_from

)

select * from derived
