-- The first line that breaks a rule, and how. Run only where a file is refused, hence from text.
with

lines as (

    select * replace ({cleaned})
    from read_csv(
        $csv,
        columns = $schema,
        header = false,
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

judged as (

    select
        line,
        case {problems} end as problem

    from typed

)

select
    line,
    problem

from judged
where problem is not null
order by line
limit 1
