{#- Eight characters that change whenever a var or code of the profile changes. Days that were profiled before are then done again,
    so nobody has to know when a full refresh is due. -#}

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
