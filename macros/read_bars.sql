{#- Bars of the archive, and those asked of the exchange where the archive has none of the same time and length. -#}

{%- macro read_bars(archived, live) -%}
    (
        select
            *,
            true as is_archived
        from {{ read_lake(archived) }}

        union all by name

        select
            live.*,
            false as is_archived
        from {{ read_lake(live) }} as live
        anti join {{ read_lake(archived) }} as archived
            on live.symbol = archived.symbol
            and live."interval" = archived."interval"
            and live.open_time = archived.open_time
    )
{%- endmacro -%}
