with

flows as (

    select * from {{ ref('int_bar_flows') }}

),

-- the way from one bar to the next starts at the close, so a gap between them is crossed like any other price; the
-- narrowest bin is the one at the low, and wider bins begin where narrower ones end
steps as (

    select
        symbol,
        path_high,
        {{ bin_floor('path_low') }} as first_edge,
        {{ bin_width('path_low') }} as step_width,
        unnest(generate_series(
            0, cast(floor((path_high - {{ bin_floor('path_low') }}) / {{ bin_width('path_low') }} + 1e-9) as bigint)
        )) as step_number,
        bar_at

    from flows
    where path_low is not null

),

bins as (

    select distinct
        symbol,
        {{ bin_floor('first_edge + step_number * step_width') }} as price_low,
        bar_at

    from steps

)

select * from bins
