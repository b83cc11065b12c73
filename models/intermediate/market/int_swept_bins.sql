with

flows as (

    select * from {{ ref('int_bar_flows') }}

),

-- The path of a bar starts at the close of the bar before, so prices in a gap between the two are swept as well.
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
