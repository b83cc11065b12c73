{#- A condition on the (symbol, day) of a dataset that every build rechecks, that is, reads row by row: the newest of each symbol,
    and a sample that is the same in every build. They are constants, because DuckDB then opens only their files. -#}

{%- macro partitions_to_recheck(partitions, dataset) -%}
    {%- set query -%}
        select
            symbol,
            cast(trade_date as varchar) as trade_date
        from {{ partitions }}
        where dataset = '{{ dataset }}'
        qualify
            row_number() over (partition by symbol order by trade_date desc) <= {{ var('recheck_recent_days') }}
            or md5_number_lower(symbol || trade_date) % {{ var('recheck_sample_one_in') }} = 0
        order by all
    {%- endset -%}
    {%- set rows = run_query(query).rows if execute else [] -%}
    {%- if rows | length == 0 -%}
        false
    {%- else -%}
        (symbol, trade_date) in (
            {%- for row in rows %}
            ('{{ row[0] }}', date '{{ row[1] }}'){{ ',' if not loop.last }}
            {%- endfor %}
        )
    {%- endif -%}
{%- endmacro -%}
