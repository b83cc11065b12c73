-- The public baseline as it is commonly computed, its errors included: only what it leaves out is compared.
with

profile as (

    select * from {{ ref('int_market_profile') }}

),

flows as (

    select * from {{ ref('int_bar_flows') }}

),

mixes as (

    select * from {{ ref('int_leverage_mixes') }}

),

schedules as (

    select * from {{ ref('int_margin_schedules') }}

),

cohorts as (

    select
        profile.symbol,
        'py_liquidation_map' as model,
        case profile.taker_side when 'buy' then 'long' else 'short' end as side,
        cast(mixes.leverage as double) as leverage,
        profile.size_class,
        profile.notional_quote / profile.quantity_coins as entry_price,
        profile.quantity_coins * mixes.share as quantity_coins,
        profile.position_quote * profile.quantity_coins / profile.notional_quote as position_coins,
        {{ function('naive_liquidation_price') }}(
            case profile.taker_side when 'buy' then 'long' else 'short' end,
            profile.notional_quote / profile.quantity_coins, mixes.leverage, schedules.brackets[1].margin_rate
        ) as liquidation_price,
        profile.bar_at as opened_at,
        profile.bar_at as known_at

    from profile
    inner join flows
        on profile.symbol = flows.symbol
        and profile.bar_at = flows.bar_at
    inner join schedules
        on profile.symbol = schedules.symbol
        and {{ function('is_in_force') }}(schedules.valid_from, schedules.valid_to, profile.bar_at)
    inner join mixes
        on mixes.mix = 'baseline'
    -- bars do not tell large trades from small ones
    where profile.source = 'trades' and profile.size_class > {{ size_class_of_edge(var('large_trade_quote')) }}

)

select * from cohorts
