select
    states.symbol,
    states.model,
    states.side,
    states.price_low,
    states.from_bar_at,
    flows.mark_close

from {{ ref('book_states') }} as states
inner join {{ ref('int_bar_flows') }} as flows
    on states.symbol = flows.symbol
    and states.from_bar_at = flows.bar_at
where
    (
        states.side = 'long'
        and states.price_low + {{ function('bin_width') }}(states.price_low) > flows.mark_close * (1 + 1e-12)
    )
    or (states.side = 'short' and states.price_low <= flows.mark_close * (1 - 1e-12))
