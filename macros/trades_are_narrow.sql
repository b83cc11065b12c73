{#- Whether coins and notional of every trade fit 64 bits in exact_sum. The manifest knows each day's coins and highest price,
    and no trade of a day is larger than the day. Where the manifest is silent, nothing is proved. -#}

{%- macro trades_are_narrow(partitions) -%}
    {%- set largest_row = 2 ** 63 / 1e8 -%}
    {%- set query -%}
        select count(*) = count(volume_coins * high_price)
            and coalesce(max(greatest(1, high_price) * volume_coins), 0) < {{ largest_row }}
        from {{ partitions }}
    {%- endset -%}
    {{- return(execute and run_query(query).rows[0][0]) -}}
{%- endmacro -%}
