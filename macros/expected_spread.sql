{#- To first order, with independent logarithms: what is expected is a share kappa of a quantity, which is in proportion to
    the share of its leverage and moves with the closing rate by closing_sensitivity. -#}

{%- macro expected_spread(versions, closing_sensitivity) -%}
    exp(sqrt(
        pow(ln({{ versions }}.kappa / {{ versions }}.kappa_low), 2)
        + pow(1.645, 2) * (
            {{ versions }}.mix_variance + pow({{ var('closing_uncertainty') }} * ({{ closing_sensitivity }}), 2)
        )
    ))
{%- endmacro -%}

{#- In a book in balance, positions that opened when a share s of them is left make up s times the closing rate of it. Of
    that product the logarithm grows by 1 + ln(s) where the logarithm of the rate grows by one. Below -3, where hardly
    anything is left, the straight line would say too much. -#}

{%- macro closing_sensitivity(hazard_leverage, log_survival) -%}
    case when {{ hazard_leverage }} > 0 then greatest(1 + {{ log_survival }}, -3) else 0 end
{%- endmacro -%}
