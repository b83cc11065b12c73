{%- macro bar_start(timestamp, minutes) -%}
    time_bucket(interval '{{ minutes }} minutes', {{ timestamp }}, timestamp '1970-01-01')
{%- endmacro -%}
