-- The first line that breaks a rule, and which. Only refused files are read this way, from text.
with

{typed_lines},

judged_lines as (

    select
        line,
        case {problems} end as problem

    from typed_lines

)

select
    line,
    problem

from judged_lines
where problem is not null
order by line
limit 1
