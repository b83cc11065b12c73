-- The statements that create each function and say what it answers, from the rows of sql_functions.
select
    name,
    definition || '; comment on macro ' || if(returns = 'table', 'table ', '') || name
    || ' is ''' || replace(description, '''', '''''') || '''' as definition

from mart
order by creation_order
