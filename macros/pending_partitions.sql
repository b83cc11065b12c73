{#- A condition on the (symbol, day) of a dataset that the profile does not hold in the version the lake has now. They are
    constants, because DuckDB then opens only their files; a join would open the whole lake. -#}

{%- macro pending_partitions(partitions, dataset, profile, is_incremental) -%}
    {%- set query -%}
        select partitions.symbol, cast(partitions.trade_date as varchar) as trade_date
        from {{ partitions }} as partitions
        {% if is_incremental -%}
            anti join (select distinct symbol, trade_date, profile_version from {{ profile }}) as profiled
                on partitions.symbol = profiled.symbol
                and partitions.trade_date = profiled.trade_date
                and partitions.profile_version = profiled.profile_version
        {%- endif %}
        where partitions.dataset = '{{ dataset }}'
        order by all
    {%- endset -%}
    {%- set rows = run_query(query).rows if execute else [] -%}
    {%- if rows | length == 0 -%}
        false
    {%- elif not is_incremental -%}
        true
    {%- else -%}
        (symbol, trade_date) in (
            {%- for row in rows %}
            ('{{ row[0] }}', date '{{ row[1] }}'){{ ',' if not loop.last }}
            {%- endfor %}
        )
    {%- endif -%}
{%- endmacro -%}
