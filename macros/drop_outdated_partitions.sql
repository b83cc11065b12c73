{#- Removes the days whose source has changed since they were profiled, in the transaction that adds their new rows. dbt's own
    delete+insert would compare every old row of a day with every new one. -#}

{%- macro drop_outdated_partitions(profile, partitions) -%}
    {%- if is_incremental() -%}
        delete from {{ profile }}
        where (symbol, trade_date, profile_version) not in (select symbol, trade_date, profile_version from {{ partitions }})
    {%- endif -%}
{%- endmacro -%}
