"""Answer the statements on standard input, a value each, with the DuckDB of this Python."""

import json
import sys

import duckdb

statements = json.load(sys.stdin)
with duckdb.connect(sys.argv[1], read_only=True) as connection:
    answers = {}
    for name, statement in statements.items():
        try:
            answers[name] = connection.execute(statement).fetchall()[0][0]
        except duckdb.Error as error:
            answers[name] = "error: " + str(error)
print(json.dumps({"version": duckdb.__version__, "answers": answers}))
