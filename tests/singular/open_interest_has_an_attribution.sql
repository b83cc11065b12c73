select
    flows.symbol,
    flows.bar_at

from {{ ref('int_bar_flows') }} as flows
inner join {{ ref('symbols') }} as symbols
    on flows.symbol = symbols.symbol
    and symbols.has_margin_brackets
inner join {{ ref('int_margin_schedules') }} as schedules
    on flows.symbol = schedules.symbol
    and flows.bar_at >= schedules.valid_from
    and (schedules.valid_to is null or flows.bar_at < schedules.valid_to)
inner join {{ ref('int_market_window') }} as market_window
    on flows.symbol = market_window.symbol
    and flows.bar_at >= market_window.history_starts_at
left join {{ ref('open_interest_attribution') }} as attribution
    on flows.symbol = attribution.symbol
    and flows.bar_at = attribution.bar_at
    and attribution.model = 'position_lifecycle'
where
    flows.open_interest_coins is not null
    and attribution.bar_at is null
