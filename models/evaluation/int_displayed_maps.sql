{#- Steps of a tenth of a percent from the mark price. 200 reach 20 %, further than a price gets within one bar. -#}
{%- set steps = 200 %}

with

book_scales as (

    select * from {{ ref('book_scales') }}

),

states as (

    select * from {{ ref('book_states') }}

),

display_times as (

    select * from {{ ref('int_display_times') }}

),

bars as (

    select * from {{ ref('int_bars') }}

),

observed_symbols as (

    select distinct symbol
    from {{ ref('int_scored_bars') }}

),

columns_shown as (

    select
        display_times.symbol,
        row_number() over by_symbol as column_number,
        bars.mark_close as mark_price,
        display_times.display_at

    from display_times
    inner join observed_symbols
        on display_times.symbol = observed_symbols.symbol
    inner join bars
        on display_times.symbol = bars.symbol
        and display_times.bar_at = bars.bar_at
    window by_symbol as (partition by display_times.symbol order by display_times.display_at)

),

-- The columns of the ensemble.
scales as (

    select book_scales.* replace (null as quantity_per_coin, null as share_per_coin)

    from book_scales
    semi join columns_shown
        on book_scales.symbol = columns_shown.symbol
        and book_scales.book_at = columns_shown.display_at

),

{{ heatmap_cells() }},

held_steps as (

    select
        columns_shown.symbol,
        columns_shown.column_number,
        case when cells.long_quote > 0 then 'long' else 'short' end as side,
        cast(floor(
            abs({{ function('bin_middle') }}(cells.price_low) / columns_shown.mark_price - 1) * 1000
        ) as integer) as distance_step,
        {{ exact_sum('cells.long_quote + cells.short_quote') }} as step_quote

    from cells
    inner join columns_shown
        on cells.symbol = columns_shown.symbol
        and cells.book_at = columns_shown.display_at
    where
        cells.model = 'ensemble'
        and abs({{ function('bin_middle') }}(cells.price_low) / columns_shown.mark_price - 1) * 1000 < {{ steps }}
    group by all

),

-- Every step has a row, also where nothing lies, so that one join finds what a map holds at a distance.
steps as (

    select
        columns_shown.symbol,
        columns_shown.column_number,
        columns_shown.mark_price,
        columns_shown.display_at,
        sides.side,
        cast(step_numbers.distance_step as integer) as distance_step

    from columns_shown
    cross join (values ('long'), ('short')) as sides (side)
    cross join range({{ steps }}) as step_numbers (distance_step)

),

displayed_maps as (

    select
        steps.symbol,
        steps.side,
        steps.column_number,
        steps.mark_price,
        steps.distance_step,
        coalesce(held_steps.step_quote, 0) as step_quote,
        {{ exact_sum('coalesce(held_steps.step_quote, 0)', over="
            over (partition by steps.symbol, steps.side, steps.column_number order by steps.distance_step)
        ") }} - coalesce(held_steps.step_quote, 0) as nearer_quote,
        steps.display_at

    from steps
    left join held_steps
        on steps.symbol = held_steps.symbol
        and steps.side = held_steps.side
        and steps.column_number = held_steps.column_number
        and steps.distance_step = held_steps.distance_step

)

select * from displayed_maps
