with

bins as (

    select * from {{ ref('int_level_bins') }}

),

forecasts as (

    select
        * exclude (small_ratios, middling_ratios, large_ratios),
        {{ interval_factors() }}

    from {{ ref('int_forecasts_in_force') }}

),

market_window as (

    select * from {{ ref('int_market_window') }}

),

-- A move from the mark price straight to the near edge of a bin, which takes all bins up to this one.
moves as (

    select
        bins.symbol,
        bins.model,
        bins.side,
        bins.price_low,
        bins.notional_quote,
        bins.cumulative_quote as swept_quote,
        abs({{ function('distance_pct') }}(
            {{ function('near_edge') }}(bins.side, bins.price_low, bins.price_high), market_window.mark_price
        )) as move_pct,
        move_pct / 100 * market_window.open_interest_quote as path_quote,
        case bins.side when 'long' then 100 * (1 / (1 - move_pct / 100) - 1) else move_pct end as range_pct

    from bins
    inner join market_window
        on bins.symbol = market_window.symbol
    where bins.notional_quote is not null and move_pct < 100

),

expected_moves as (

    select
        moves.symbol,
        moves.model,
        moves.side,
        moves.price_low,
        moves.notional_quote,
        moves.move_pct,
        -- No more than lies there: moves may be larger than any observed.
        least({{ expected_by_fit('forecasts', 'moves') }}, moves.swept_quote) as expected_to_here_quote,
        forecasts.middling_from_quote,
        forecasts.large_from_quote,
        forecasts.small_low,
        forecasts.small_high,
        forecasts.middling_low,
        forecasts.middling_high,
        forecasts.large_low,
        forecasts.large_high

    from moves
    inner join forecasts
        on moves.symbol = forecasts.symbol
        and moves.model = forecasts.model

),

-- Further on no less is expected.
grown_forecasts as (

    select
        *,
        max(expected_to_here_quote) over outward as grown_quote

    from expected_moves
    window outward as (partition by symbol, model, side order by move_pct)

),

forecasts_of_bins as (

    select
        symbol,
        model,
        side,
        price_low,
        notional_quote,
        grown_quote - coalesce(
            lag(grown_quote) over (partition by symbol, model, side order by move_pct), 0
        ) as expected_quote,
        {{ interval_factor('grown_quote', 'low') }} as low_factor,
        {{ interval_factor('grown_quote', 'high') }} as high_factor

    from grown_forecasts

),

bin_forecasts as (

    select
        symbol,
        model,
        side,
        price_low,
        notional_quote,
        expected_quote,
        expected_quote * low_factor as expected_low_quote,
        greatest(
            expected_quote, least(expected_quote * high_factor, notional_quote)
        ) as expected_high_quote

    from forecasts_of_bins

)

select * from bin_forecasts
