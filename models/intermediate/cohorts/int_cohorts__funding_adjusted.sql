with

lifecycle_entries as (

    select * from {{ ref('int_lifecycle_entries') }}

),

mixes as (

    select * from {{ ref('int_leverage_mixes') }}

),

funding as (

    select * from {{ ref('int_funding_bias') }}

),

-- which rate was the last one paid when the position was opened
tilted_entries as (

    select
        lifecycle_entries.* exclude (mix),
        lifecycle_entries.mix || coalesce(
            ' ' || lifecycle_entries.side || ' ' || funding.symbol || ' ' || cast(funding.funding_at as varchar), ''
        ) as mix

    from lifecycle_entries
    asof left join funding
        on lifecycle_entries.symbol = funding.symbol
        and lifecycle_entries.opened_at >= funding.funding_at

),

tilted_shares as (

    select
        concat_ws(' ', mixes.mix, sides.side, funding.symbol, cast(funding.funding_at as varchar)) as mix,
        mixes.leverage,
        mixes.share * power(
            mixes.leverage, case sides.side when 'long' then funding.long_tilt else -funding.long_tilt end
        ) as weight

    from funding
    cross join (values ('long'), ('short')) as sides (side)
    cross join mixes
    where mixes.mix <> 'baseline'

),

-- only the leverages of a side are tilted: what it holds in all stays the same
tilted_mixes as (

    select
        mix,
        leverage,
        weight / ({{ exact_sum('weight', decimals=15, over='over (partition by mix)') }}) as share

    from tilted_shares

    union all

    select
        mix,
        leverage,
        share

    from mixes

),

cohorts as (

    {{ leveraged_cohorts('funding_adjusted', 'tilted_entries', mixes='tilted_mixes') }}

)

select * from cohorts
