{#- Days of the lookback, a part of a day as a whole one: a position is too old from the start of the day on. -#}

{%- macro whole_lookback_days() -%}
    {{- return(var('lookback_days') | round(0, 'ceil') | int) -}}
{%- endmacro -%}
