-- What a bin held in a column is gone in every column after the next sweep. Only what came later may be there then.
with

states as (

    select * from {{ ref('book_states') }}
    where {{ is_day_to_test('symbol', 'trade_date') }}

)

select
    states.symbol,
    states.model,
    states.side,
    states.leverage_group,
    states.price_low,
    states.from_bar_at,
    states.until_bar_at,
    swept_bins.bar_at as swept_at

from states
inner join {{ ref('int_days') }} as days
    on states.symbol = days.symbol
    and states.trade_date = days.trade_date
inner join {{ ref('int_swept_bins') }} as swept_bins
    on states.symbol = swept_bins.symbol
    and states.price_low = swept_bins.price_low
    and states.stretch_at = swept_bins.stretch_at
    and states.from_bar_at < swept_bins.bar_at
inner join {{ ref('int_survival') }} as survival
    on swept_bins.symbol = survival.symbol
    and swept_bins.bar_at = survival.bar_at
where
    case
        when days.is_fine then states.until_bar_at > swept_bins.bar_at
        else states.until_bar_at >= {{ function('display_time') }}(survival.bar_ends_at)
    end
