with

seeded_brackets as (

    select * from {{ ref('margin_brackets') }}

),

imported_brackets as (

    select * from {{ read_lake('margin_brackets') }}

),

-- An imported version replaces the seeded one of the same symbol and day.
brackets as (

    select
        seeded_brackets.symbol,
        seeded_brackets.first_seen_on,
        seeded_brackets.tier_number,
        seeded_brackets.min_notional,
        seeded_brackets.max_notional,
        seeded_brackets.margin_rate,
        seeded_brackets.max_leverage,
        cast(null as double) as published_maintenance_amount,
        false as is_imported

    from seeded_brackets
    anti join imported_brackets
        on seeded_brackets.symbol = imported_brackets.symbol
        and seeded_brackets.first_seen_on = imported_brackets.as_of

    union all

    select
        symbol,
        as_of as first_seen_on,
        bracket as tier_number,
        notional_floor as min_notional,
        notional_cap as max_notional,
        maintenance_margin_rate as margin_rate,
        max_leverage,
        maintenance_amount as published_maintenance_amount,
        true as is_imported

    from imported_brackets

)

select * from brackets
where {{ known_by_as_of('first_seen_on') }}
