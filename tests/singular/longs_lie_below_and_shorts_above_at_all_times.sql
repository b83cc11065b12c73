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
    {{ is_day_to_test('states.symbol', 'states.trade_date') }}
    and case states.side
        when 'long'
            then states.price_low + {{ function('bin_width') }}(states.price_low) > flows.mark_close * (1 + 1e-12)
        else states.price_low <= flows.mark_close * (1 - 1e-12)
    end
