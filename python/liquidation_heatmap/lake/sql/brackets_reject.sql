delete from incoming
where symbol is not distinct from $symbol and as_of is not distinct from $as_of
