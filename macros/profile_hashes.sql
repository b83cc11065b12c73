{#- The start of a query: a hash over the rows of each day of the profile, in any order. How the engine hashes may change with its
    version, so the version stands beside it. -#}

{%- macro profile_hashes(profile) -%}
    select
        {{ profile }}.symbol,
        {{ profile }}.profile_version,
        version() as engine,
        cast(bit_xor(hash({{ profile }})) as varchar) as row_hash,
        {{ profile }}.trade_date

    from {{ profile }}
{%- endmacro -%}
