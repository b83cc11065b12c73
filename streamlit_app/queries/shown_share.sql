-- Share of the open interest, on both sides, that the last column shown holds between the prices shown: coins over the
-- open interest known at its time. Null for a model that does not claim the open interest.
with

last_columns as (

    select
        book_at,
        sum((long_quote + short_quote) / ((price_low + price_high) / 2)) filter (
            where
            price_low >= $price_from
            and price_high <= $price_to
            and list_contains($leverage_groups, leverage_group)
            and ($side = 'both' or ($side = 'long' and long_quote > 0) or ($side = 'short' and short_quote > 0))
        ) as shown_coins

    from liquidation_heatmap
    where
        venue = $venue
        and symbol = $symbol
        and model = $model
        and book_at = (
            select max(book_at)
            from book_scales
            where
                venue = $venue
                and symbol = $symbol
                and is_display_time
                and (model = $model or ($model = 'ensemble' and ensemble_per_coin is not null))
                and book_at < $ends_at
        )
    group by book_at

),

open_interest as (

    select
        max_by(open_interest_coins, open_interest_attribution.bar_at) as open_interest_coins

    from open_interest_attribution
    inner join last_columns
        on open_interest_attribution.bar_at < last_columns.book_at
    where
        open_interest_attribution.venue = $venue
        and open_interest_attribution.symbol = $symbol
        and ($model = 'ensemble' or open_interest_attribution.model = $model)

)

select coalesce(max(last_columns.shown_coins), 0) / nullif(2 * max(open_interest.open_interest_coins), 0) as shown_share

from last_columns
cross join open_interest
