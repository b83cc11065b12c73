{#- Removes hashes that another version of DuckDB made, so that they are made again: how it hashes may change with the version. -#}

{%- macro drop_hashes_of_another_engine(hashes) -%}
    {%- if is_incremental() -%}
        delete from {{ hashes }} where engine <> version()
    {%- endif -%}
{%- endmacro -%}
