{{ config(materialized='view') }}

with

cohorts as (

    select * from {{ ref('int_cohorts') }}

),

-- The range of prices over which a cohort is spread. Its entry price is known to the width of a bin, so it is spread
-- evenly over one width there, and over as much in proportion at its liquidation price. At one price each, cohorts
-- would make walls and holes that come from rounding alone.
cohorts_with_range as (

    select
        symbol,
        model,
        side,
        leverage,
        quantity_coins,
        liquidation_price * (1 - {{ function('bin_width') }}(entry_price) / entry_price / 2) as from_price,
        liquidation_price * (1 + {{ function('bin_width') }}(entry_price) / entry_price / 2) as to_price,
        opened_at,
        known_at

    from cohorts

),

cohorts_with_first_bin as (

    select
        *,
        {{ function('bin_floor') }}(from_price) as first_bin_low,
        {{ function('bin_width') }}(from_price) as first_bin_width

    from cohorts_with_range

),

-- One row per piece. A long at a leverage of one has none: its liquidation price is zero, so it is never liquidated.
numbered_pieces as (

    select
        *,
        unnest(
            generate_series(0, cast(ceil((to_price - first_bin_low) / first_bin_width) as bigint) - 1)
        ) as piece_number

    from cohorts_with_first_bin

),

pieces as (

    select
        symbol,
        model,
        side,
        leverage,
        quantity_coins / (to_price - from_price) as coins_per_quote,
        case piece_number
            when 0 then from_price
            else first_bin_low + piece_number * first_bin_width
        end as piece_low,
        least(to_price, first_bin_low + (piece_number + 1) * first_bin_width) as piece_high,
        opened_at,
        known_at

    from numbered_pieces

),

-- Pieces that were opened in one bar and are liquidated in one bin are one row: they leave the book together.
cohort_bins as (

    select
        symbol,
        model,
        side,
        leverage,
        {{ function('bin_floor') }}((piece_low + piece_high) / 2) as price_low,
        {{ exact_sum('coins_per_quote * (piece_high - piece_low)', decimals=15) }} as quantity_coins,
        opened_at,
        known_at

    from pieces
    where piece_high > piece_low
    group by all

)

select * from cohort_bins
