with

mixes as (

    select * from {{ ref('leverage_mixes') }}

),

-- the seed may be edited by hand: only the proportions count
leverage_mixes as (

    select
        mix,
        leverage,
        share / ({{ exact_sum('share', over='over (partition by mix)') }}) as share

    from mixes

)

select * from leverage_mixes
