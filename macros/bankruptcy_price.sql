{%- macro bankruptcy_price(side, entry_price, leverage) -%}
    case
        when {{ side }} = 'long' then {{ entry_price }} * (1 - 1.0 / {{ leverage }})
        when {{ side }} = 'short' then {{ entry_price }} * (1 + 1.0 / {{ leverage }})
    end
{%- endmacro -%}
