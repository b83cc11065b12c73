-- Of different rows with one key nobody can tell which is right: all of them, each once.
create or replace temporary table contradictory as
select
    {id} as id,
    least(cast({time} as date), {last_date}) as trade_date

from ({variants})
where is_contradictory
qualify row_number() over (partition by {key}, variant order by file_row_number) = 1
