{#- Eight characters that change whenever the profile would be computed differently, by another var or by other code: days
    profiled the old way are then done again, and no user has to know when a full refresh is due. -#}

{%- macro profile_definition() -%}
    {%- if execute -%}
        {%- set profile = graph.nodes['model.liquidation_heatmap.int_trade_profile_5m'] -%}
        {%- set code = [profile.raw_code, profile_cells('trades', 'true'), bin_search('price', 'floor'), var('size_tier_edges')] -%}
        {%- for function in profile.depends_on.nodes if function.startswith('function.') -%}
            {%- do code.append(graph.functions[function].raw_code) -%}
        {%- endfor -%}
        {{- local_md5(code | join)[:8] -}}
    {%- endif -%}
{%- endmacro -%}
