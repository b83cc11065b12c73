-- The ids of rows of one file that are left out. Temporary tables belong to the cursor that made them.
create temporary table if not exists dropped_ids (id bigint)
