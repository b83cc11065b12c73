with

flows as (

    select * from {{ ref('int_bar_flows') }}

),

survival as (

    select * from {{ ref('int_survival') }}

),

mixes as (

    select * from {{ ref('int_leverage_mixes') }}

),

first_observations as (

    select
        symbol,
        min(bar_at) as first_observed_at

    from flows
    where open_interest_coins is not null
    group by symbol

),

mix_survival as (

    select
        survival.symbol,
        {{ exact_sum('mixes.share * exp(survival.log_survival)', decimals=15) }} as stock_share,
        survival.bar_at

    from survival
    inner join mixes
        on mixes.mix = 'stock'
        and survival.hazard_leverage = mixes.leverage
    group by survival.symbol, survival.bar_at

),

-- What closing has left of the opening stock, the positions that were open when open interest was first observed. After
-- one lookback nothing of it is left.
stock_survival as (

    select
        mix_survival.symbol,
        case
            when
                mix_survival.bar_at
                < first_observations.first_observed_at + {{ var('lookback_days') }} * interval '1 day'
                then mix_survival.stock_share
            else 0
        end as stock_share,
        mix_survival.bar_at

    from mix_survival
    inner join first_observations
        on mix_survival.symbol = first_observations.symbol

)

select * from stock_survival
