with

-- The maintenance amount makes the margin of two brackets equal where they meet: it is that of the bracket before, and
-- the step of the rate times the notional there.
brackets as (

    select
        symbol,
        first_seen_on as valid_from,
        tier_number,
        min_notional,
        max_notional,
        margin_rate,
        max_leverage,
        min_notional * (margin_rate - coalesce(lag(margin_rate) over version, 0)) as amount_step

    from {{ ref('stg_binance__margin_brackets') }}
    window version as (partition by symbol, first_seen_on order by tier_number)

),

-- A version is in force until the next one was first seen.
versions as (

    select
        symbol,
        valid_from,
        lead(valid_from) over (partition by symbol order by valid_from) as valid_to

    from brackets
    group by symbol, valid_from

),

recomputed_tiers as (

    select
        brackets.*,
        versions.valid_to,
        sum(brackets.amount_step) over (
            partition by brackets.symbol, brackets.valid_from order by brackets.tier_number
        ) as maintenance_amount

    from brackets
    inner join versions
        on brackets.symbol = versions.symbol
        and brackets.valid_from = versions.valid_from

)

{{ rows_that_differ(
    ref('margin_tiers'), 'recomputed_tiers', ['symbol', 'valid_from', 'tier_number'],
    numbers=['min_notional', 'max_notional', 'margin_rate', 'max_leverage', 'maintenance_amount'], others=['valid_to']
) }}
