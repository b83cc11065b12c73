-- Rows that have the same key and different contents, each once. Nobody can tell which of them is right.
create or replace temporary table contradictory as
select
    {id} as id,
    least(cast({time} as date), {last_date}) as trade_date

from ({variants})
where is_contradictory
qualify row_number() over (partition by {key}, variant order by file_row_number) = 1
