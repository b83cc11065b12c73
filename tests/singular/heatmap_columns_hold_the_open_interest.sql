with

columns_of_heatmap as (

    select
        symbol,
        side,
        {%- for model in var('cohort_models') %}
            sum({{ model }}_coins) as {{ model }}_coins,
        {%- endfor %}
        bar_at

    from {{ ref('int_book_at_display_times') }}
    group by symbol, side, bar_at

),

compared as (

    select
        totals.symbol,
        totals.model,
        totals.side,
        totals.bar_at,
        totals.alive_coins,
        coalesce(
            case totals.model
                {%- for model in var('cohort_models') %}
                    when '{{ model }}' then columns_of_heatmap.{{ model }}_coins
                {%- endfor %}
            end, 0
        ) as heatmap_coins

    from {{ ref('int_book_totals') }} as totals
    inner join {{ ref('int_display_times') }} as display_times
        on totals.symbol = display_times.symbol
        and totals.bar_at = display_times.bar_at
        and display_times.is_shown
    left join columns_of_heatmap
        on totals.symbol = columns_of_heatmap.symbol
        and totals.side = columns_of_heatmap.side
        and totals.bar_at = columns_of_heatmap.bar_at

)

select *

from compared
where abs(alive_coins - heatmap_coins) > 1e-9 * greatest(alive_coins, 1)
