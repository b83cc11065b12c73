{#- From entries (who opened how much where) to cohorts: each entry is divided over the leverages of its mix, none above what
    the exchange grants to a position of that size, and priced with the brackets in force when it was opened. -#}

{%- macro leveraged_cohorts(model, entries, mixes) -%}
    with

    granted as (

        select
            entries.*,
            schedules.brackets,
            {{ function('max_leverage') }}(entries.position_quote, schedules.brackets) as max_leverage

        from {{ entries }} as entries
        inner join {{ ref('int_margin_schedules') }} as schedules
            on entries.symbol = schedules.symbol
            and {{ function('is_in_force') }}(schedules.valid_from, schedules.valid_to, entries.opened_at)

    ),

    leveraged as (

        select
            granted.symbol,
            granted.side,
            least(mixes.leverage, granted.max_leverage) as leverage,
            granted.size_class,
            granted.entry_price,
            granted.quantity_coins * mixes.share as quantity_coins,
            granted.position_quote / granted.entry_price as position_coins,
            granted.brackets,
            granted.opened_at,
            granted.known_at

        from granted
        inner join {{ mixes or ref('int_leverage_mixes') }} as mixes
            on granted.mix = mixes.mix
        -- a position larger than the last bracket is one the exchange would not have opened
        where granted.max_leverage is not null and granted.quantity_coins > 0

    )

    select
        symbol,
        '{{ model }}' as model,
        side,
        leverage,
        size_class,
        entry_price,
        quantity_coins,
        position_coins,
        {{ function('isolated_liquidation_price') }}(side, entry_price, leverage, position_coins, brackets) as liquidation_price,
        opened_at,
        known_at

    from leveraged
{%- endmacro -%}
