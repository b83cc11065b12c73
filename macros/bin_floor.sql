{#- Multiplying whole numbers and dividing by an exact power of ten gives the double nearest to the decimal,
    so the same bin has the same bounds however it was reached. -#}

{%- macro bin_edge(price, offset) -%}
    case
        when {{ bin_scale(price) }} < 0
            then
                (floor({{ price }} / {{ bin_width(price) }} + 1e-9) + {{ offset }}) * {{ bin_step(price) }}
                / pow(10, -{{ bin_scale(price) }})
        else (floor({{ price }} / {{ bin_width(price) }} + 1e-9) + {{ offset }}) * {{ bin_width(price) }}
    end
{%- endmacro -%}

{%- macro bin_floor(price) -%}
    {{ bin_edge(price, 0) }}
{%- endmacro -%}
