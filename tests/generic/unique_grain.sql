{% test unique_grain(model, columns) %}

-- A row per grain: returns each combination of the columns that occurs more than once.
select
    {{ columns | join(', ') }},
    count(*) as occurrences

from {{ model }}
group by {{ columns | join(', ') }}
having count(*) > 1

{% endtest %}
