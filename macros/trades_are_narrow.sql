{#- Whether coins and notional of every trade fit 64 bits in exact_sum, by the largest trade of each day in the manifest. False
    where the manifest lacks it. -#}

{%- macro trades_are_narrow(partitions) -%}
    {%- set largest_row = 2 ** 63 / 1e8 -%}
    {%- set query -%}
        select count(*) = count(largest_quote)
            and coalesce(max(greatest(largest_coins, largest_quote)), 0) < {{ largest_row }}
        from {{ partitions }}
    {%- endset -%}
    {{- return(execute and run_query(query).rows[0][0]) -}}
{%- endmacro -%}
