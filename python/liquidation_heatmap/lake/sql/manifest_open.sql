-- An empty table of the manifest, with the columns of its row type.
create or replace table {table} as
{rows}
