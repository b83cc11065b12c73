-- In the working file: the day (UTC) of the bar that the last build of the whole project was made after, if it was
-- published, and the project it was of.
select
    cast(built_at - interval '5 minutes' as date) as last_day,
    project_hash

from publish.last_whole_build
where not_for_readers_because is null
