{% test holds(model, expression) %}

-- Returns the rows for which the expression is false or null.
select *

from {{ model }}
where not coalesce({{ expression }}, false)

{% endtest %}
