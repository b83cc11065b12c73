-- In the working file: why the last build went to a draft; null where it was published.
select not_for_readers_because

from publish.published_file
