select
    symbols.symbol,
    count(distinct levels.side) as sides

from {{ ref('symbols') }} as symbols
left join {{ ref('liquidation_levels') }} as levels
    on symbols.symbol = levels.symbol
where
    symbols.has_margin_brackets and symbols.is_trading
    -- Without a trade there is nobody to liquidate.
    and exists (
        select 1
        from {{ ref('int_bar_flows') }} as flows
        where flows.symbol = symbols.symbol and flows.volume_coins > 0
    )
group by symbols.symbol
having count(distinct levels.side) < 2
