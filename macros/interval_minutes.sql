{#- The exchange writes 1m, 2h, 3d, 1w and 1mo; a month has no fixed length and cannot stand in for five-minute bars. -#}

{%- macro interval_minutes(interval_text) -%}
    cast(nullif(regexp_extract({{ interval_text }}, '^([0-9]+)[mhdw]$', 1), '') as bigint)
    * case right({{ interval_text }}, 1) when 'm' then 1 when 'h' then 60 when 'd' then 1440 when 'w' then 10080 end
{%- endmacro -%}
