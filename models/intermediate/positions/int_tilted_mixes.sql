with

mixes as (

    select * from {{ ref('int_leverage_mixes') }}

),

funding as (

    select * from {{ ref('int_funding_bias') }}

),

-- Funding tilts how the quantity of a side is divided over leverages, not how large it is.
tilted_weights as (

    select
        mixes.mix,
        funding.symbol,
        sides.side,
        mixes.leverage,
        mixes.share * power(
            mixes.leverage, case sides.side when 'long' then funding.long_tilt else -funding.long_tilt end
        ) as weight,
        funding.funding_at as tilted_at

    from funding
    cross join (values ('long'), ('short')) as sides (side)
    cross join mixes
    where mixes.mix <> 'baseline'

),

all_mixes as (

    select
        mix,
        symbol,
        side,
        leverage,
        weight / ({{ exact_sum(
            'weight', decimals=15, over='over (partition by mix, symbol, side, tilted_at)'
        ) }}) as share,
        tilted_at

    from tilted_weights

    union all by name

    select
        mix,
        leverage,
        share

    from mixes

)

select * from all_mixes
