-- Those of the files taken before, and of files not recorded: a run killed between two tables leaves them.
delete from candidates
where file_key not in (select file_key from files)
returning *
