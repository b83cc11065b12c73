with

bins as (

    select
        symbol,
        model,
        side,
        price_low,
        sum(notional_quote) as notional_quote,
        sum(side_share) as side_share,
        min(cumulative_quote) as cumulative_quote,
        max(cumulative_quote) as largest_cumulative_quote,
        min(cumulative_share) as cumulative_share,
        max(cumulative_share) as largest_cumulative_share,
        count(cumulative_quote) as cumulative_count,
        count(notional_quote) as notional_count

    from {{ ref('liquidation_levels') }}
    group by symbol, model, side, price_low

),

bins_with_sums as (

    select
        *,
        sum(notional_quote) over outward as recomputed_quote,
        sum(side_share) over outward as recomputed_share,
        sum(notional_quote) over whole_side as side_quote

    from bins
    window
        outward as (partition by symbol, model, side order by if(side = 'long', -price_low, price_low)),
        whole_side as (partition by symbol, model, side)

)

select *

from bins_with_sums
where
    -- Cumulative quote has eight decimals in every bin.
    abs(cumulative_quote - recomputed_quote) > 1e-9 * side_quote + 1e-5
    or largest_cumulative_quote <> cumulative_quote
    or cumulative_count <> notional_count
    or abs(cumulative_share - recomputed_share) > 1e-9
    or largest_cumulative_share <> cumulative_share
