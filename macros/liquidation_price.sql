{%- macro liquidation_price(side, entry_price, leverage, quantity, brackets) -%}
    case
        -- the exchange refuses such a position, or it exceeds the last bracket: there is no price to report
        when {{ leverage }} > coalesce({{ max_leverage(quantity ~ ' * ' ~ entry_price, brackets) }}, 0) then null
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
