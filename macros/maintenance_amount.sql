{%- macro maintenance_amount(min_notional, margin_rate, previous_margin_rate, partition_by, order_by) -%}
    sum({{ min_notional }} * ({{ margin_rate }} - coalesce({{ previous_margin_rate }}, 0)))
        over (
            partition by {{ partition_by }} order by {{ order_by }}
            rows between unbounded preceding and current row
        )
{%- endmacro -%}
