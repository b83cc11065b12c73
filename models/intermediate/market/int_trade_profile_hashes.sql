{{
    config(
        materialized='incremental',
        incremental_strategy='append',
        on_schema_change='sync_all_columns',
        pre_hook=[
            "{{ drop_outdated_partitions(this, ref('int_trade_partitions')) }}",
            "{% if is_incremental() %} delete from {{ this }} where engine <> version() {% endif %}"
        ]
    )
}}

with

profile as (

    select * from {{ ref('int_trade_profile_5m') }}

),

hashes as (

    {{ profile_hashes('profile') }}
    {% if is_incremental() -%}
        anti join {{ this }} as hashed
            on profile.symbol = hashed.symbol
            and profile.trade_date = hashed.trade_date
    {%- endif %}
    group by profile.symbol, profile.profile_version, profile.trade_date

)

select * from hashes
