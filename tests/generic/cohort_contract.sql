{% test cohort_contract(model) %}

-- What every model must yield, whatever it assumes: these columns with these types, and cohorts that make sense. Returns what
-- breaks it.
{%- set contract = {
    'symbol': 'VARCHAR', 'model': 'VARCHAR', 'side': 'VARCHAR', 'leverage': 'DOUBLE', 'size_class': 'INTEGER',
    'entry_price': 'DOUBLE', 'quantity_coins': 'DOUBLE', 'position_coins': 'DOUBLE', 'liquidation_price': 'DOUBLE',
    'opened_at': 'TIMESTAMP', 'known_at': 'TIMESTAMP'
} -%}
{%- set found = {} -%}
{%- for column in (adapter.get_columns_in_relation(model) if execute else []) -%}
    {%- do found.update({column.name: column.dtype | upper}) -%}
{%- endfor -%}
{%- if execute and found != contract %}

select 'columns are {{ found | tojson | replace("'", "") }}, not {{ contract | tojson | replace("'", "") }}' as problem

{%- else %}

select *

from {{ model }}
where
    symbol is null
    or model is null
    or opened_at is null
    or not coalesce(known_at >= opened_at, false)
    or side not in ('long', 'short')
    or not coalesce(quantity_coins > 0, false)
    or not coalesce(position_coins > 0, false)
    or not coalesce(entry_price > 0, false)
    or not coalesce(leverage >= 1, false)
    or (side = 'long' and liquidation_price >= entry_price)
    or (side = 'short' and liquidation_price <= entry_price)

{%- endif %}

{% endtest %}
