-- In the working file: the day (UTC) of the last build of the whole project, if it was published, and which project it was.
select
    cast(built_at as date) as built_on,
    project_hash

from publish.last_whole_build
where not_for_readers_because is null
