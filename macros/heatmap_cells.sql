{#- The common table expressions that make cells of the heatmap from columns of book_scales (the CTE `scales`) and book_states (the
    CTE `states`); the last one is called cells. A reader asks for one model, so models and ensemble stand side by side: who does not
    ask for the ensemble adds nothing up. Columns have their table's name, or a function would take them for its arguments. -#}

{%- macro heatmap_cells() -%}
model_cells as (

    select
        scales.book_at,
        scales.venue,
        scales.symbol,
        scales.model,
        scales.side,
        states.leverage_group,
        states.price_low,
        states.stretch_coins * scales.quantity_per_coin as quantity_coins,
        states.stretch_coins * scales.share_per_coin as side_share

    from scales
    {{ states_of_columns() }}
    where scales.quantity_per_coin is not null or scales.share_per_coin is not null

    union all

    select
        scales.book_at,
        scales.venue,
        scales.symbol,
        'ensemble' as model,
        scales.side,
        states.leverage_group,
        states.price_low,
        {{ exact_sum('states.stretch_coins * scales.ensemble_per_coin', decimals=15) }} as quantity_coins,
        null as side_share

    from scales
    {{ states_of_columns() }}
    where scales.ensemble_per_coin is not null
    group by scales.book_at, scales.venue, scales.symbol, scales.side, states.leverage_group, states.price_low

),

-- Notional is rounded to the cent, and shares to a billionth. Cells that round to zero are left out below.
priced_cells as (

    select
        model_cells.*,
        round(model_cells.quantity_coins * {{ function('bin_middle') }}(model_cells.price_low), 2) as notional_quote,
        round(model_cells.side_share, 9) as rounded_share

    from model_cells

),

-- A bin never holds both sides, because the mark price lies between them.
cells as (

    select
        priced_cells.book_at,
        priced_cells.venue,
        priced_cells.symbol,
        priced_cells.model,
        priced_cells.leverage_group,
        priced_cells.price_low,
        priced_cells.price_low + {{ function('bin_width') }}(priced_cells.price_low) as price_high,
        case
            when priced_cells.side = 'long' or priced_cells.notional_quote is null then priced_cells.notional_quote else 0
        end as long_quote,
        case
            when priced_cells.side = 'short' or priced_cells.notional_quote is null then priced_cells.notional_quote else 0
        end as short_quote,
        case
            when priced_cells.side = 'long' or priced_cells.rounded_share is null then priced_cells.rounded_share else 0
        end as long_share,
        case
            when priced_cells.side = 'short' or priced_cells.rounded_share is null then priced_cells.rounded_share else 0
        end as short_share

    from priced_cells
    where priced_cells.notional_quote > 0 or priced_cells.rounded_share > 0

)
{%- endmacro -%}

{%- macro states_of_columns() -%}
    inner join states
        on scales.venue = states.venue
        and scales.symbol = states.symbol
        and scales.model = states.model
        and scales.side = states.side
        and scales.stretch_at = states.stretch_at
        and scales.bar_at >= states.from_bar_at
        and scales.bar_at < states.until_bar_at
{%- endmacro -%}
