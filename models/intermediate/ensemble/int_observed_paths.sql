with

observed_bars as (

    select * from {{ ref('int_observed_bars') }}

),

paths as (

    select
        symbol,
        source,
        side,
        date_diff('minute', starts_at, ends_at) as observation_minutes,
        any_value(realised_quote) as realised_quote,
        {{ exact_sum('adverse_move * open_interest_quote') }} as path_quote,
        100 * (max(path_high) / min(path_low) - 1) as range_pct,
        bool_or(is_burn_in) as is_burn_in,
        starts_at,
        ends_at

    from observed_bars
    group by symbol, source, side, starts_at, ends_at

)

select * from paths
