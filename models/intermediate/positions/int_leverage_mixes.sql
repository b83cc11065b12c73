with

mixes as (

    select * from {{ ref('leverage_mixes') }}

),

-- Shares are divided by their sum, because the seed may be edited by hand: only its proportions count.
leverage_mixes as (

    select
        mix,
        leverage,
        share / ({{ exact_sum('share', over='over (partition by mix)') }}) as share

    from mixes

)

select * from leverage_mixes
