with

bars as (

    select * from {{ ref('int_bars') }}

),

-- the way from one bar to the next starts at the close, so a gap between them is crossed like any other price
extremes as (

    select
        symbol,
        least(mark_close, min(mark_low) over later_bars) as lowest_mark_after,
        greatest(mark_close, max(mark_high) over later_bars) as highest_mark_after,
        bar_at

    from bars
    window later_bars as (
        partition by symbol order by bar_at rows between 1 following and unbounded following
    )

)

select * from extremes
