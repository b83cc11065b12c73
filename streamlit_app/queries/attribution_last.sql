-- How much of the open interest a model explains by itself at the last bar: one model, or all that make up the
-- ensemble.
with

last_bars as (

    select
        open_interest_coins,
        attributed_ratio,
        is_burn_in

    from open_interest_attribution
    where venue = $venue and symbol = $symbol and (model = $model or $model = 'ensemble')
    qualify row_number() over (partition by model order by bar_at desc) = 1

)

select
    any_value(open_interest_coins) as open_interest_coins,
    min(attributed_ratio) as least_ratio,
    max(attributed_ratio) as most_ratio,
    bool_or(is_burn_in) as is_burn_in

from last_bars
