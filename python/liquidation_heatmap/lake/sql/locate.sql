-- The first line of a CSV that breaks a rule, and how. Run only after something was found wrong, hence from text.
with

lines as (

    select
        row_number() over () + $header_lines as line,
        *

    from read_csv(
        $csv,
        columns = $schema,
        header = $has_header,
        auto_detect = false,
        delim = ',',
        quote = '"',
        escape = '"',
        nullstr = '',
        hive_partitioning = false
    )

),

typed as (

    select
        *,
        {columns}

    from lines

),

in_file_order as (

    select
        *,
        lag({key}) over () as previous_key

    from typed

),

judged as (

    select
        line,
        case {problems} end as problem

    from in_file_order

)

select line, problem
from judged
where problem is not null
order by line
limit 1
