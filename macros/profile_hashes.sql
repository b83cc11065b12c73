{#- The start of a query for a hash over each day's rows of the profile, whatever their order. The version of DuckDB stands beside
    it, because how it hashes may change with the version. -#}

{%- macro profile_hashes(profile) -%}
    select
        {{ profile }}.symbol,
        {{ profile }}.profile_version,
        version() as engine,
        cast(bit_xor(hash({{ profile }})) as varchar) as row_hash,
        {{ profile }}.trade_date

    from {{ profile }}
{%- endmacro -%}
