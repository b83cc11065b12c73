-- Every column has its table's name in front: inside another function, a bare name is read as that one's argument.
select
    levels.as_of,
    levels.venue,
    levels.symbol,
    levels.model,
    levels.side,
    levels.price_low,
    levels.price_high,
    100 * (levels.price_high - levels.price_low) / ({{ function('bin_middle') }}(levels.price_low)) as width_pct,
    {{ exact_sum('levels.quantity_coins') }} as quantity_coins,
    {{ exact_sum('levels.notional_quote') }} as notional_quote,
    {{ function('per_pct') }}(({{ exact_sum('levels.notional_quote') }}), levels.price_low) as quote_per_pct,
    {{ exact_sum('levels.expected_quote') }} as expected_quote,
    {{ exact_sum('levels.expected_low_quote') }} as expected_low_quote,
    {{ exact_sum('levels.expected_high_quote') }} as expected_high_quote,
    any_value(levels.cumulative_quote) as cumulative_quote,
    {{ exact_sum('levels.side_share', decimals=15) }} as side_share,
    any_value(levels.cumulative_share) as cumulative_share,
    any_value(levels.distance_pct) as distance_pct

from {{ ref('liquidation_levels') }} as levels
group by levels.as_of, levels.venue, levels.symbol, levels.model, levels.side, levels.price_low, levels.price_high
