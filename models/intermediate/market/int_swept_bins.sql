with

flows as (

    select * from {{ ref('int_bar_flows') }}

),

-- the way from one bar to the next starts at the close, so a gap between them is crossed like any other price
numbered_bins as (

    select
        symbol,
        unnest(generate_series(
            {{ function('bin_number') }}(path_low), {{ function('bin_number') }}(path_high)
        )) as bin_number,
        bar_at

    from flows
    where path_low is not null

),

swept_bins as (

    select
        symbol,
        {{ function('bin_low') }}(bin_number) as price_low,
        bar_at

    from numbered_bins

)

select * from swept_bins
