{% test unique_grain(model, columns) %}

-- Returns each combination of the columns that occurs more than once. Only rows that share a hash are compared, at half
-- the cost of comparing all. Of a table that is kept by day, days that a build has to test are enough: the day is part
-- of what a row is about.
{%- set grain = columns | join(', ') %}
{%- set is_kept_by_day = execute and graph.nodes.values() | selectattr('relation_name', 'equalto', model | string)
    | selectattr('config.materialized', 'equalto', 'kept_by_day') | list %}
{%- set is_to_test = is_day_to_test('symbol', 'trade_date') if is_kept_by_day else 'true' %}

select
    {{ grain }},
    count(*) as occurrences

from {{ model }}
where {{ is_to_test }} and hash({{ grain }}) in (
    select hash({{ grain }})
    from {{ model }}
    where {{ is_to_test }}
    group by hash({{ grain }})
    having count(*) > 1
)
group by {{ grain }}
having count(*) > 1

{% endtest %}
