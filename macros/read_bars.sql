{#- The archive's bars, and where it has none of a time and length yet, those of the exchange itself. -#}

{%- macro read_bars(archived, live) -%}
    (
        select *
        from {{ read_lake(archived) }}

        union all by name

        select live.*
        from {{ read_lake(live) }} as live
        anti join {{ read_lake(archived) }} as archived
            on live.symbol = archived.symbol
            and live."interval" = archived."interval"
            and live.open_time = archived.open_time
    )
{%- endmacro -%}
