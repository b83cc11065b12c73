with

bins as (

    select
        symbol,
        model,
        side,
        abs(distance_pct) as move_pct,
        sum(notional_quote) as notional_quote,
        sum(expected_quote) as expected_quote

    from {{ ref('liquidation_levels') }}
    group by symbol, model, side, distance_pct

),

-- A straight move from the mark price to each bin, and all that lies on its way.
moves as (

    select
        *,
        sum(notional_quote) over on_the_way as swept_quote,
        sum(expected_quote) over on_the_way as expected_of_levels

    from bins
    window on_the_way as (partition by symbol, model, side order by move_pct)

),

moves_with_path as (

    select
        moves.*,
        moves.move_pct / 100 * symbols.open_interest_quote as path_quote,
        100 * if(moves.side = 'long', 1 / (1 - moves.move_pct / 100), 1 + moves.move_pct / 100) - 100 as range_pct

    from moves
    inner join {{ ref('symbols') }} as symbols
        on moves.symbol = symbols.symbol

),

forecasts as (

    select
        moves.symbol,
        moves.model,
        moves.side,
        moves.move_pct,
        moves.expected_of_levels,
        least(moves.swept_quote, exp(
            fits.level
            + if(moves.side = 'long', fits.long_slope, 0)
            + fits.path_slope * ln(moves.path_quote + fits.least_path_quote)
            + fits.range_slope * ln(moves.range_pct + fits.least_range_pct)
            + fits.swept_slope * ln(
                moves.swept_quote / (moves.path_quote + fits.least_path_quote) + fits.least_swept_ratio
            )
        )) as expected_quote

    from moves_with_path as moves
    inner join {{ ref('int_forecasts_in_force') }} as fits
        on moves.symbol = fits.symbol
        and moves.model = fits.model
    where
        fits.range_slope >= 0
        and fits.swept_slope between 0 and fits.path_slope

)

select *
from forecasts
where abs(expected_of_levels - expected_quote) > 1e-6 * expected_quote + 1e-3
