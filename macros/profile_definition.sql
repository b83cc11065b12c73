{#- Eight characters that change whenever the profile would be computed differently, by another var or by other code: days
    profiled the old way are then done again, and no user has to know when a full refresh is due. -#}

{%- macro profile_definition() -%}
    {%- if execute -%}
        {%- set code = graph.nodes['model.liquidation_heatmap.int_trade_profile_5m'].raw_code -%}
        {{- local_md5(code ~ profile_cells('trades', 'true'))[:8] -}}
    {%- endif -%}
{%- endmacro -%}
