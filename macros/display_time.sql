{#- The first column of the heatmap at or after a time. -#}

{%- macro display_time(timestamp) -%}
    {{ bar_start(timestamp ~ " - interval '1 microsecond'", var('display_minutes')) }} + interval '{{ var('display_minutes') }} minutes'
{%- endmacro -%}
