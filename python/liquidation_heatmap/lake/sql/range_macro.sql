-- Whether a number lies in the range of its kind, ends included. In DuckDB NaN is greater than every number, so it does not.
create macro is_{kind}(number) as number between {least} and {most}
