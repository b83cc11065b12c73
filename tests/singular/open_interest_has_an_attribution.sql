with

bars_without_attribution as (

    select
        flows.symbol,
        flows.open_interest_coins,
        flows.bar_at

    from {{ ref('int_bar_flows') }} as flows
    inner join {{ ref('symbols') }} as symbols
        on flows.symbol = symbols.symbol
        and symbols.has_margin_brackets
    inner join {{ ref('int_margin_schedules') }} as schedules
        on flows.symbol = schedules.symbol
        and {{ function('is_in_force') }}(schedules.valid_from, schedules.valid_to, flows.bar_at)
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

),

-- What the model held on each side in those bars. Where next to nothing was traded, or only what the exchange would not
-- have opened, there are no positions that could hold the open interest.
books_of_those_bars as (

    select
        bars_without_attribution.symbol,
        states.side,
        bars_without_attribution.bar_at,
        max(bars_without_attribution.open_interest_coins) as open_interest_coins,
        sum(states.stretch_coins * exp(survival.log_survival - survival.log_survival_at_start)) as alive_coins

    from bars_without_attribution
    inner join {{ ref('int_survival') }} as survival
        on bars_without_attribution.symbol = survival.symbol
        and bars_without_attribution.bar_at = survival.bar_at
    inner join {{ ref('book_states') }} as states
        on survival.symbol = states.symbol
        and states.model = 'position_lifecycle'
        and survival.stretch_at = states.stretch_at
        and survival.bar_at >= states.from_bar_at
        and survival.bar_at < states.until_bar_at
    group by bars_without_attribution.symbol, states.side, bars_without_attribution.bar_at

)

select
    symbol,
    bar_at

from books_of_those_bars
where alive_coins > 2e-6 * open_interest_coins
group by symbol, bar_at
having count(*) = 2
