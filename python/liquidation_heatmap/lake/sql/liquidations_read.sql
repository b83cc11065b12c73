-- The file as text, with the number of each line.
create table given as
select
    {columns},
    row_number() over () + 1 as line

from read_csv(
    $csv,
    columns = $schema,
    header = true,
    auto_detect = false,
    delim = ',',
    quote = '"',
    escape = '"',
    nullstr = '',
    hive_partitioning = false
)
