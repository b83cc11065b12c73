-- Share of the open interest, on both sides, that the last column shown holds between the prices shown: coins over the
-- open interest known at its time. Null for a model that does not claim the open interest.
with

scales as (

    select
        *,
        case when $model = 'ensemble' then ensemble_per_coin else quantity_per_coin end as shown_per_coin

    from book_scales
    where
        venue = $venue
        and symbol = $symbol
        and is_display_time
        and (model = $model or ($model = 'ensemble' and ensemble_per_coin is not null))
        and book_at < $ends_at

),

newest_scales as (

    select * from scales
    qualify book_at = max(book_at) over ()

),

last_columns as (

    select
        newest_scales.book_at,
        sum(book_states.stretch_coins * newest_scales.shown_per_coin) filter (
            where
            book_states.price_low >= $price_from
            and book_states.price_low + bin_width(book_states.price_low) <= $price_to
            and list_contains($leverage_groups, book_states.leverage_group)
            and $side in ('both', book_states.side)
        ) as shown_coins

    from newest_scales
    inner join book_states
        on newest_scales.venue = book_states.venue
        and newest_scales.symbol = book_states.symbol
        and newest_scales.model = book_states.model
        and newest_scales.side = book_states.side
        and newest_scales.stretch_at = book_states.stretch_at
        and newest_scales.bar_at >= book_states.from_bar_at
        and newest_scales.bar_at < book_states.until_bar_at
    group by newest_scales.book_at

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
