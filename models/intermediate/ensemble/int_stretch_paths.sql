with

moves as (

    select * from {{ ref('int_adverse_moves') }}

),

sources as (

    select * from {{ ref('int_observed_sources') }}

),

stretches as (

    select distinct
        symbol,
        source,
        divided_from,
        unnest([observation_minutes, forecast_minutes]) as stretch_minutes

    from sources

),

-- Moves are added up over hours, whatever the length of a bar: finer bars see more of a path, and would make another
-- measure of it.
moves_in_hours as (

    select
        moves.*,
        stretches.source,
        stretches.stretch_minutes,
        time_bucket(to_minutes(stretches.stretch_minutes), moves.bar_at, stretches.divided_from) as starts_at,
        time_bucket(
            to_minutes(least(stretches.stretch_minutes, 60)), moves.bar_at, stretches.divided_from
        ) as hour_at

    from moves
    inner join stretches
        on moves.symbol = stretches.symbol

),

moves_so_far as (

    select
        symbol,
        source,
        side,
        stretch_minutes,
        path_low,
        path_high,
        starts_at,
        hour_at,
        bar_at,
        bar_ends_at,
        first_value(open_interest_quote) over so_far * case side
            when 'long' then 1 - min(path_low) over so_far / first_value(price_before) over so_far
            else max(path_high) over so_far / first_value(price_before) over so_far - 1
        end as path_of_hour

    from moves_in_hours
    window so_far as (partition by symbol, source, side, stretch_minutes, hour_at order by bar_at)

),

steps as (

    select
        *,
        path_of_hour - coalesce(
            lag(path_of_hour) over (
                partition by symbol, source, side, stretch_minutes, hour_at order by bar_at
            ), 0
        ) as path_step

    from moves_so_far

),

stretch_paths as (

    select
        symbol,
        source,
        side,
        stretch_minutes,
        {{ exact_sum('path_step', over='over so_far') }} as path_quote,
        100 * (max(path_high) over so_far / min(path_low) over so_far - 1) as range_pct,
        starts_at,
        bar_at,
        bar_ends_at

    from steps
    window so_far as (partition by symbol, source, side, stretch_minutes, starts_at order by bar_at)

)

select * from stretch_paths
