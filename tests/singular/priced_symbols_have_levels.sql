select
    symbols.symbol,
    count(distinct levels.side) as sides

from {{ ref('symbols') }} as symbols
left join {{ ref('liquidation_levels') }} as levels
    on symbols.symbol = levels.symbol
where symbols.has_margin_brackets
group by symbols.symbol
having count(distinct levels.side) < 2
