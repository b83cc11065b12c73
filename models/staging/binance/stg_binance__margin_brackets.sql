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
        symbol,
        first_seen_on,
        tier_number,
        min_notional,
        max_notional,
        margin_rate,
        max_leverage,
        cast(null as double) as published_maintenance_amount,
        false as is_imported

    from seeded
    where not exists (
        select 1
        from imported
        where imported.symbol = seeded.symbol and imported.as_of = seeded.first_seen_on
    )

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
