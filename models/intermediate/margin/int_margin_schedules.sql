with

brackets as (

    select * from {{ ref('int_margin_brackets') }}

),

-- All brackets of a version in one row: a position then needs one join, and a formula reads one list.
schedules as (

    select
        symbol,
        list({
            'max_notional': max_notional,
            'margin_rate': margin_rate,
            'max_leverage': max_leverage,
            'maintenance_amount': maintenance_amount
        } order by tier_number) as brackets,
        valid_from,
        valid_to

    from brackets
    group by symbol, valid_from, valid_to

)

select * from schedules
