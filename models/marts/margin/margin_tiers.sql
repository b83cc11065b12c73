with

brackets as (

    select * from {{ ref('int_margin_brackets') }}

),

margin_tiers as (

    select
        {{ venue() }} as venue,
        symbol,
        valid_from,
        valid_to,
        tier_number,
        cast(min_notional as double) as min_notional,
        cast(max_notional as double) as max_notional,
        margin_rate,
        cast(max_leverage as double) as max_leverage,
        cast(maintenance_amount as double) as maintenance_amount

    from brackets

)

select * from margin_tiers
