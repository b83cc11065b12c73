{% test holds(model, expression) %}

-- Something true of every row: returns the rows where it is false or cannot be told.
select *

from {{ model }}
where not coalesce({{ expression }}, false)

{% endtest %}
