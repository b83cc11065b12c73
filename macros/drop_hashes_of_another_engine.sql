{#- How the engine hashes may change with its version: hashes of another one are taken anew. -#}

{%- macro drop_hashes_of_another_engine(hashes) -%}
    {%- if is_incremental() -%}
        delete from {{ hashes }} where engine <> version()
    {%- endif -%}
{%- endmacro -%}
