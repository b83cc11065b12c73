-- The months of series that are about to change; nothing outside of them can, because no file is of more than a month.
create or replace table scope as
select
    unnest($market::varchar[]) as market,
    unnest($dataset::varchar[]) as dataset,
    unnest($interval::varchar[]) as "interval",
    unnest($symbol::varchar[]) as symbol,
    unnest($month::date[]) as month
