insert into kept
select *
from read_parquet($parquet) as earlier
where not exists (
    select 1
    from incoming
    where incoming.symbol = earlier.symbol and incoming.as_of = earlier.as_of
)
