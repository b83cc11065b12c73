-- The worst of every check on every day of a symbol, of one dataset or of all.
select
    check_name,
    trade_date,
    arg_max(status, list_position(['pass', 'warn', 'fail'], status)) as status,
    arg_max(message, list_position(['pass', 'warn', 'fail'], status)) as message

from data_quality
where venue = $venue and symbol = $symbol and ($dataset is null or dataset = $dataset) and trade_date >= $starts_on
group by check_name, trade_date
order by check_name, trade_date
