with

given as (

    select
        cast(symbol as varchar) as asked_symbol,
        cast(model as varchar) as asked_model,
        top_n as asked_top_n

),

named as (

    select
        *,
        {{ function('traded_symbol') }}(asked_symbol) as symbol_of_file

    from given

),

arguments as (

    select
        symbol_of_file as symbol,
        {{ function('known_model') }}(symbol_of_file, asked_model) as model,
        cast({{ function('number_from') }}(coalesce(asked_top_n, 0), 1, 'top_n') as bigint) as top_n

    from named

),

-- all leverages of a price bin together: what lies at a price, however it came there
bins as (

    select
        levels.as_of,
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
    inner join arguments
        on levels.symbol = arguments.symbol
        and levels.model = arguments.model
    group by levels.as_of, levels.symbol, levels.model, levels.side, levels.price_low, levels.price_high

),

ranked as (

    select
        bins.*,
        row_number() over (partition by bins.side order by bins.notional_quote desc, abs(bins.distance_pct)) as side_rank

    from bins

)

select ranked.* exclude (side_rank)

from ranked
cross join arguments
where ranked.side_rank <= arguments.top_n
order by ranked.notional_quote desc, abs(ranked.distance_pct), ranked.side
