-- Takes out the candidates of files that are no longer in the table files: those taken out before this, and those that
-- a run killed between writing two tables has left.
delete from candidates
where file_key not in (select file_key from files)
returning *
