{{
    config(
        materialized='incremental',
        incremental_strategy='append',
        on_schema_change='sync_all_columns',
        pre_hook=[
            "{{ drop_outdated_partitions(this, ref('int_trade_partitions')) }}",
            "{{ drop_hashes_of_another_engine(this) }}"
        ]
    )
}}

with

profile as (

    select * from {{ ref('int_trade_profile_5m') }}

),

new_days as (

    select *

    from profile
    {% if is_incremental() -%}
        where (symbol, trade_date) not in (
            select
                hashed.symbol,
                hashed.trade_date
            from {{ this }} as hashed
        )
    {%- endif %}

),

day_hashes as (

    {{ profile_hashes('new_days') }}
    group by new_days.symbol, new_days.profile_version, new_days.trade_date

)

select * from day_hashes
