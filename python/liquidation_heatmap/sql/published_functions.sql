-- For each function, the statements that create it and comment on it, from the rows of sql_functions.
select
    name,
    definition || '; comment on macro ' || if(returns = 'table', 'table ', '') || name
    || ' is ''' || replace(description, '''', '''''') || '''' as definition

from mart
order by creation_order
