-- Every column has its table's name in front: inside another function, a bare name is read as that one's argument.
select
    levels.as_of,
    levels.venue,
    levels.symbol,
    levels.model,
    levels.side,
    levels.price_low,
    levels.price_high,
    {{ exact_sum('levels.quantity_coins') }} as quantity_coins,
    {{ exact_sum('levels.notional_quote') }} as notional_quote,
    {{ exact_sum('levels.expected_quote') }} as expected_quote,
    {{ exact_sum('levels.expected_low_quote') }} as expected_low_quote,
    {{ exact_sum('levels.expected_high_quote') }} as expected_high_quote,
    any_value(levels.cumulative_quote) as cumulative_quote,
    any_value(levels.distance_pct) as distance_pct,
    any_value(levels.confidence) as confidence

from {{ ref('liquidation_levels') }} as levels
group by levels.as_of, levels.venue, levels.symbol, levels.model, levels.side, levels.price_low, levels.price_high
