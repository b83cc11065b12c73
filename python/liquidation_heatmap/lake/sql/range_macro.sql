-- Whether a number lies in the range of its kind, ends included. NaN does not: DuckDB takes it for the greatest one.
create macro is_{kind}(number) as number between {least} and {most}
