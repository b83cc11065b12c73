{#- From entries (who opened how much where) to cohorts: each entry is divided over the leverages of a mix, none above what
    the exchange grants to a position of that size, and priced with the brackets in force when it was opened. -#}

{%- macro leveraged_cohorts(model, entries, mix) -%}
    select
        entries.symbol,
        '{{ model }}' as model,
        entries.side,
        least(mix.leverage, {{ max_leverage('entries.position_quote', 'schedules.brackets') }}) as leverage,
        entries.size_tier,
        entries.entry_price,
        entries.quantity_coins * mix.share as quantity_coins,
        entries.position_quote / entries.entry_price as position_coins,
        {{ liquidation_price(
            'entries.side', 'entries.entry_price',
            'least(mix.leverage, ' ~ max_leverage('entries.position_quote', 'schedules.brackets') ~ ')',
            '(entries.position_quote / entries.entry_price)', 'schedules.brackets'
        ) }} as liquidation_price,
        entries.opened_at

    from {{ entries }} as entries
    inner join {{ ref('int_margin_schedules') }} as schedules
        on entries.symbol = schedules.symbol
        and entries.opened_at >= schedules.valid_from
        and (schedules.valid_to is null or entries.opened_at < schedules.valid_to)
    inner join {{ ref('int_leverage_mixes') }} as mix
        on mix.mix = '{{ mix }}'
{%- endmacro -%}
