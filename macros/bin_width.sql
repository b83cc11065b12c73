{#- The small constants absorb binary rounding, so that a price on an edge (0.7095 with width 0.0005) is on it. -#}

{%- macro bin_scale(price) -%}
    floor(log10({{ price }} * {{ var('bin_bps') }} / 10000.0) + 1e-12)
{%- endmacro -%}

{%- macro bin_step(price) -%}
    case
        when {{ price }} * {{ var('bin_bps') }} / 10000.0 >= 5 * pow(10, {{ bin_scale(price) }}) * (1 - 1e-12) then 5
        when {{ price }} * {{ var('bin_bps') }} / 10000.0 >= 2 * pow(10, {{ bin_scale(price) }}) * (1 - 1e-12) then 2
        else 1
    end
{%- endmacro -%}

{%- macro bin_width(price) -%}
    ({{ bin_step(price) }} * pow(10, {{ bin_scale(price) }}))
{%- endmacro -%}
