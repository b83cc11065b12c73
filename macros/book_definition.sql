{#- Eight characters that change whenever code, seeds or vars of the book change. The data it is made of have hashes of their own, in
    int_days. -#}

{%- macro book_definition() -%}
    {%- if execute -%}
        {%- set code = [profile_definition(), var('leverage_group_edges') | string] -%}
        {%- for node in graph.nodes.values() | sort(attribute='unique_id') -%}
            {%- if node.resource_type == 'seed' and node.name in ('leverage_mixes', 'models') -%}
                {%- do code.append(node.checksum.checksum) -%}
            {%- elif node.resource_type == 'model' and (
                node.name in ('int_market_profile', 'int_bar_profile_5m', 'book_states')
                or node.path.startswith('intermediate/positions/') or node.path.startswith('intermediate/book/')
            ) -%}
                {%- do code.append(node.raw_code) -%}
            {%- endif -%}
        {%- endfor -%}
        {%- for function in graph.functions.values() | sort(attribute='unique_id') -%}
            {%- do code.append(function.raw_code) if function.path.split('/')[0] in ('bins', 'book', 'margin') -%}
        {%- endfor -%}
        {%- for name in modules.re.findall("var\\('(\\w+)'\\)", code | join) | unique | sort
            if name not in ('as_of', 'book_days', 'history_days', 'fine_days', 'late_days', 'display_minutes') -%}
            {%- do code.append(name ~ '=' ~ var(name)) -%}
        {%- endfor -%}
        {{- local_md5(code | join('\n'))[:8] -}}
    {%- endif -%}
{%- endmacro -%}
