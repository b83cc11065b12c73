{#- liquidation_price for a position given by its notional, as people type it: the notional itself is compared with the brackets,
    because a quantity times its price may miss an edge by the last digit, and what is no position has no price. -#}

{%- macro position_liquidation_price(position, brackets) -%}
    case
        when
            {{ position }}.entry_price > 0
            and isfinite({{ position }}.entry_price)
            and {{ position }}.notional > 0
            and {{ position }}.leverage between 1 and {{ max_leverage(position ~ '.notional', brackets) }}
            then {{ granted_liquidation_price(
                position ~ '.side', position ~ '.entry_price', position ~ '.leverage',
                '(' ~ position ~ '.notional / ' ~ position ~ '.entry_price)', brackets
            ) }}
    end
{%- endmacro -%}
