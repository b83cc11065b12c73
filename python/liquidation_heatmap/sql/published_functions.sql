-- The statements that create each function and say what it answers.
select
    definition || '; comment on macro ' || if(returns = 'table', 'table ', '') || name
    || ' is ''' || replace(description, '''', '''''') || '''' as definition

from sql_functions
