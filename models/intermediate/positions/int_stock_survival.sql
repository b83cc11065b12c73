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

observed_from as (

    select
        symbol,
        min(bar_at) as first_observed_at

    from flows
    where open_interest_coins is not null
    group by symbol

),

closing as (

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

-- what is left, by closing alone, of the positions that were there when open interest was first observed; older than
-- the lookback there are none
stock as (

    select
        closing.symbol,
        case
            when closing.bar_at < observed_from.first_observed_at + {{ var('lookback_days') }} * interval '1 day'
                then closing.stock_share
            else 0
        end as stock_share,
        closing.bar_at

    from closing
    inner join observed_from
        on closing.symbol = observed_from.symbol

)

select * from stock
