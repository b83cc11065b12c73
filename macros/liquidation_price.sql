{#- Equity less maintenance margin is a minimum of straight lines in price, one per bracket: for a long it is crossed on the
    line with the highest root, for a short on the one with the lowest. No bracket has to be looked up. -#}

{%- macro granted_liquidation_price(side, entry_price, leverage, quantity, brackets) -%}
    case
        when {{ side }} = 'long'
            then list_max(list_transform(
                {{ brackets }},
                lambda b: ({{ entry_price }} * (1 - 1.0 / {{ leverage }}) - b.maintenance_amount / {{ quantity }})
                / (1 - b.margin_rate)
            ))
        when {{ side }} = 'short'
            then list_min(list_transform(
                {{ brackets }},
                lambda b: ({{ entry_price }} * (1 + 1.0 / {{ leverage }}) + b.maintenance_amount / {{ quantity }})
                / (1 + b.margin_rate)
            ))
    end
{%- endmacro -%}

{#- The same for a leverage nobody has checked: one the exchange does not grant to that notional is no position, and has no
    price to report. -#}

{%- macro liquidation_price(side, entry_price, leverage, quantity, brackets) -%}
    case
        when {{ leverage }} <= {{ max_leverage(quantity ~ ' * ' ~ entry_price, brackets) }}
            then {{ granted_liquidation_price(side, entry_price, leverage, quantity, brackets) }}
    end
{%- endmacro -%}
