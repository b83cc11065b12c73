with

seeded as (

    select * from {{ ref('margin_brackets') }}

),

imported as (

    select * from {{ read_lake('margin_brackets') }}

),

-- a version the user imported takes the place of the seeded one of the same day
combined as (

    select
        seeded.symbol,
        seeded.first_seen_on,
        seeded.tier_number,
        seeded.min_notional,
        seeded.max_notional,
        seeded.margin_rate,
        seeded.max_leverage,
        cast(null as double) as published_maintenance_amount,
        false as is_imported

    from seeded
    anti join imported
        on seeded.symbol = imported.symbol
        and seeded.first_seen_on = imported.as_of

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

    from imported

)

select * from combined
where {{ known_by_as_of('first_seen_on') }}
