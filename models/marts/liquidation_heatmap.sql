with

book as (

    select * from {{ ref('int_book_at_display_times') }}

),

totals as (

    select * from {{ ref('int_book_scales') }}

),

scales as (

    select
        symbol,
        side,
        {%- for model in var('cohort_models') %}
            max(scale) filter (where model = '{{ model }}') as {{ model }}_scale,
            max(ensemble_scale) filter (where model = '{{ model }}') as {{ model }}_ensemble_scale,
        {%- endfor %}
        bar_at

    from totals
    group by symbol, side, bar_at

),

priced as (

    select
        book.display_at,
        book.symbol,
        book.side,
        book.leverage_group,
        book.price_low,
        book.price_low + {{ function('bin_width') }}(book.price_low) as price_high,
        {%- for model in var('cohort_models') %}
            book.{{ model }}_coins * scales.{{ model }}_scale * {{ function('bin_middle') }}(book.price_low)
                as {{ model }}_quote,
        {%- endfor %}
        (
            {%- for model in var('cohort_models') %}
                coalesce(book.{{ model }}_coins * scales.{{ model }}_ensemble_scale, 0) {{ '+' if not loop.last }}
            {%- endfor %}
        ) * {{ function('bin_middle') }}(book.price_low) as ensemble_quote

    from book
    inner join scales
        on book.symbol = scales.symbol
        and book.side = scales.side
        and book.bar_at = scales.bar_at

),

-- a bin never holds both sides: the mark price is between them
cells as (

    {% for model in var('cohort_models') + ['ensemble'] -%}
        select
            display_at as bar_at,
            symbol,
            '{{ model }}' as model,
            leverage_group,
            price_low,
            price_high,
            case side when 'long' then round({{ model }}_quote, 2) else 0 end as long_quote,
            case side when 'short' then round({{ model }}_quote, 2) else 0 end as short_quote

        from priced
        -- to the cent, and what rounds to nothing is nothing
        where round({{ model }}_quote, 2) > 0
        {{ 'union all' if not loop.last }}
    {% endfor %}

)

select * from cells
