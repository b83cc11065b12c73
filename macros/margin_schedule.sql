{#- The brackets of one symbol in one row, as int_margin_schedules has them, from the published tiers: what is open to everybody
    must not need more than that. -#}

{%- macro margin_schedule(arguments) -%}
    select list({
        'max_notional': tiers.max_notional,
        'margin_rate': tiers.margin_rate,
        'max_leverage': tiers.max_leverage,
        'maintenance_amount': tiers.maintenance_amount
    } order by tiers.tier_number) as brackets

    from {{ ref('margin_tiers') }} as tiers
    inner join {{ arguments }} as arguments
        on tiers.symbol = arguments.symbol
        and {{ is_in_force('tiers', 'arguments.as_of') }}
{%- endmacro -%}

{#- Without a time, the brackets in force are those that nothing has replaced yet. -#}

{%- macro is_in_force(tiers, as_of) -%}
    coalesce({{ as_of }} >= {{ tiers }}.valid_from, true)
        and ({{ tiers }}.valid_to is null or coalesce({{ as_of }} < {{ tiers }}.valid_to, false))
{%- endmacro -%}
