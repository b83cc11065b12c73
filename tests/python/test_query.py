"""What `liqheat query` and `liqheat export` write: rows and nothing else, documented, or a message one can act on."""

from __future__ import annotations

import csv
import hashlib
import io
import json
import math
import subprocess
from collections import Counter
from datetime import datetime
from pathlib import Path
from typing import Any

import duckdb
import jsonschema
import pandas as pd
import polars as pl
import pytest

from conftest import COMMANDS, Workspace

QUESTIONS = ("levels", "at-risk", "at-risk-curve", "history", "heatmap", "zones", "tiers", "margin", "health")
FEW_ROWS = {"heatmap": ("--from", "2026-01-02", "--to", "2026-01-02T02:00"), "at-risk": ("--to-price", "70000")}


def ask(workspace: Workspace, *arguments: str, status: int = 0, text: bool = True, **environment: str) -> Any:
    """Standard output of a question, or with another status than 0 its standard error."""
    done = subprocess.run(
        [COMMANDS / "liqheat", *arguments],
        cwd=workspace.project,
        env=workspace.environment | environment,
        capture_output=True,
        text=text,
        timeout=120,
        check=False,
    )
    assert done.returncode == status, done.stderr
    if status:
        assert not done.stdout, "what is wrong does not belong among the rows"
        assert "Traceback" not in str(done.stderr)
        return done.stderr
    return done.stdout


@pytest.mark.parametrize("question", QUESTIONS)
def test_json_is_what_its_schema_says(sample: Workspace, question: str) -> None:
    schema = json.loads(ask(sample, "query", question, "--schema"))
    jsonschema.Draft202012Validator.check_schema(schema)
    fields = schema["items"]["properties"]
    assert all(field["description"] for field in fields.values())
    rows = json.loads(ask(sample, "query", question, "--format", "json", *FEW_ROWS.get(question, ())))
    jsonschema.validate(rows, schema, format_checker=jsonschema.FormatChecker())
    assert rows
    assert all(list(row) == list(fields) for row in rows)
    # The schema must also refuse what is wrong.
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate([{**rows[0], next(iter(fields)): []}], schema)


@pytest.mark.parametrize("question", QUESTIONS)
def test_fields_of_the_marts_are_those_of_their_contracts(sample: Workspace, question: str) -> None:
    manifest = json.loads((sample.folder / "target" / "manifest.json").read_text())
    function = manifest["functions"][f"function.liquidation_heatmap.{question.replace('-', '_')}"]
    contracts: dict[str, Any] = {}
    for parent in function["depends_on"]["nodes"]:
        contracts |= manifest["nodes"].get(parent, {"columns": {}})["columns"]
    if of_table := function["meta"].get("columns_of"):
        contracts |= manifest["nodes"][f"model.liquidation_heatmap.{of_table}"]["columns"]
    contracts |= {column["name"]: column for column in function["meta"].get("columns", [])}
    types = {"string": "string", "double": "number", "bigint": "integer", "boolean": "boolean"}
    schema = json.loads(ask(sample, "query", question, "--schema"))
    for name, field in schema["items"]["properties"].items():
        contract = contracts[name]
        assert field["description"] == contract["description"].strip()
        kind = types.get(contract["data_type"], "string")
        is_never_null = bool(contract.get("constraints"))
        assert field["type"] == (kind if is_never_null else [kind, "null"]), name


def test_schema_refuses_null_where_none_can_be(sample: Workspace) -> None:
    schema = json.loads(ask(sample, "query", "zones", "--schema"))
    (zone, *_) = json.loads(ask(sample, "query", "zones", "--format", "json"))
    jsonschema.validate([zone | {"notional_quote": None}], schema)
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate([zone | {"side_share": None}], schema)
    heatmap = json.loads(ask(sample, "query", "heatmap", "--schema"))
    groups = heatmap["items"]["properties"]["leverage_group"]["enum"]
    assert groups == ["up to 5x", "6x to 10x", "11x to 20x", "over 20x"]


NON_NUMBERS = """
    select 'inf'::double as a, '-inf'::float as b, ['nan'::double, 1.5] as c, {'x': ['nan'::float]} as d,
    map {'Infinity': 'inf'::double} as e, 'NaN, "Infinity" and \\' as f, '-Infinity' as "NaN ""Infinity", 1.5 as g
    from range(2)
"""


def test_what_is_no_number_is_null_in_json_and_readable_elsewhere(sample: Workspace) -> None:
    def refuse(word: str) -> None:
        raise ValueError(word)

    written = ask(sample, "query", "sql", NON_NUMBERS, "--format", "json")
    row = {
        "a": None,
        "b": None,
        "c": [None, 1.5],
        "d": {"x": [None]},
        "e": {"Infinity": None},
        "f": 'NaN, "Infinity" and \\',
        'NaN "Infinity': "-Infinity",
        "g": 1.5,
    }
    assert json.loads(written, parse_constant=refuse) == [row, row]
    frame = pd.read_csv(io.StringIO(ask(sample, "query", "sql", NON_NUMBERS, "--format", "csv")))
    assert list(frame["a"]) == [math.inf, math.inf]
    assert list(frame["b"]) == [-math.inf, -math.inf]
    for output_format in ("markdown", "table"):
        assert " inf " in ask(sample, "query", "sql", NON_NUMBERS, "--format", output_format)


def test_all_formats_have_the_same_rows(sample: Workspace) -> None:
    arguments = ("query", "history", "--from", "2026-01-02", "--to", "2026-01-02T06:00")
    rows = json.loads(ask(sample, *arguments, "--format", "json"))
    assert len(rows) == 2 * 12 * 6
    table = list(csv.DictReader(io.StringIO(ask(sample, *arguments, "--format", "csv"))))
    frame = pd.read_parquet(io.BytesIO(ask(sample, *arguments, "--format", "parquet", text=False)))
    assert len(table) == len(frame) == len(rows)
    for row, text, (_, record) in zip(rows, table, frame.iterrows(), strict=True):
        assert text["bar_at"] == row["bar_at"]
        assert datetime.fromisoformat(row["bar_at"]).replace(tzinfo=None) == record["bar_at"]
        assert float(text["swept_quote"]) == row["swept_quote"] == record["swept_quote"]
        assert (text["realised_quote"] == "") == (row["realised_quote"] is None) == pd.isna(record["realised_quote"])
    markdown = ask(sample, *arguments, "--format", "markdown").splitlines()
    assert len(markdown) == len(rows) + 2
    assert all(line.startswith("|") and line.endswith("|") for line in markdown)
    assert {line.count("|") for line in markdown} == {len(rows[0]) + 1}


def test_options_choose_what_is_shown(sample: Workspace) -> None:
    levels = json.loads(
        ask(
            sample,
            "query",
            "levels",
            "--model",
            "OPEN_INTEREST",
            "--symbol",
            "simulatedusdt",
            "--top",
            "3",
            "--format",
            "json",
        )
    )
    assert {row["model"] for row in levels} == {"open_interest"}
    assert [row["side"] for row in levels].count("long") == [row["side"] for row in levels].count("short") == 3
    preferred = json.loads(ask(sample, "query", "zones", "--format", "json", DEFAULT_MODEL="funding_adjusted"))
    assert {row["model"] for row in preferred} == {"funding_adjusted"}
    in_vienna = json.loads(
        ask(
            sample,
            "query",
            "history",
            "--from",
            "2026-01-02T01:00+01:00",
            "--to",
            "2026-01-02T00:05Z",
            "--format",
            "json",
        )
    )
    assert {row["bar_at"] for row in in_vienna} == {"2026-01-02T00:00:00.000Z"}
    (position,) = json.loads(
        ask(
            sample,
            "query",
            "margin",
            "--symbol",
            "BTCUSDT",
            "--entry",
            "60000",
            "--as-of",
            "2025-10-14",
            "--format",
            "json",
        )
    )
    assert position["liquidation_price"] == pytest.approx(60000 * (1 - 1 / 20) / (1 - 0.004))
    (at_mark,) = json.loads(ask(sample, "query", "margin", "--format", "json"))
    assert [(at_mark["entry_price"],)] == sample.query("select mark_price from symbols")


@pytest.mark.slow
def test_a_reader_that_leaves_is_no_error(sample: Workspace) -> None:
    for output_format in ("csv", "json", "markdown"):
        question = subprocess.Popen(
            [COMMANDS / "liqheat", "query", "heatmap", "--format", output_format],
            cwd=sample.project,
            env=sample.environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
        )
        assert question.stdout is not None
        assert question.stderr is not None
        assert question.stdout.read(10)
        question.stdout.close()
        assert question.stderr.read() == b""
        question.wait(timeout=60)


def test_a_long_table_says_that_there_is_more(sample: Workspace) -> None:
    done = subprocess.run(
        [COMMANDS / "liqheat", "query", "heatmap"],
        cwd=sample.project,
        env=sample.environment,
        capture_output=True,
        check=True,
    )
    assert len(done.stdout.splitlines()) == 102
    assert b"--format csv" in done.stderr


@pytest.mark.parametrize(
    ("arguments", "status", "said"),
    [
        (("levels", "--symbol", "SIMULATEUSDT"), 1, "did you mean SIMULATEDUSDT?"),
        (("levels", "--symbol", "DOGEUSDT"), 1, "no symbol DOGEUSDT"),
        (("tiers", "--symbol", "BTCUSD"), 1, "did you mean BTCUSDT"),
        (("levels", "--model", "ensembel"), 1, "did you mean ensemble?"),
        (("levels", "--model", "quux"), 1, "binance_standard, ensemble, "),
        (("heatmap", "--from", "2030-01-01"), 1, "It goes from 2026-01-01"),
        (("history", "--from", "2026-01-02", "--to", "2026-01-01"), 1, "let the end come after the beginning"),
        (("history", "--from", "yesterday"), 1, "write 2026-01-31,"),
        (("levels", "--top", "0"), 2, "--top"),
        (("levels", "--format", "xlsx"), 2, "parquet"),
        (("tiers", "--symbol", "BTCUSDT", "--as-of", "2010-01-01"), 1, "known from 2023-"),
        (("margin", "--leverage", "500"), 1, "at most 125x, not 500x"),
        (("margin", "--notional", "1e15"), 1, "Choose a notional up to"),
        (("margin", "--symbol", "BTCUSDT"), 1, "--entry"),
        (("margin", "--entry", "-1"), 2, "--entry"),
        (("sql", "selec 1"), 1, "no SQL DuckDB understands"),
        (("sql", "select 1; select 2"), 1, "Only one statement"),
        (("sql", "copy symbols to 'symbols.csv'"), 1, "Only one statement that reads"),
        (("sql", "drop table symbols"), 1, "Only one statement that reads"),
        (("sql", "from liquidation_level"), 1, "liquidation_levels"),
        (("sql", "select 'a'::int"), 1, "DuckDB cannot answer that"),
    ],
)
def test_what_is_wrong_is_said_with_what_to_do(
    sample: Workspace, arguments: tuple[str, ...], status: int, said: str
) -> None:
    message = ask(sample, "query", *arguments, status=status)
    assert said in message
    assert status == 2 or "What to do:" in message


def test_published_file_that_is_missing_foreign_or_older(workspace: Workspace) -> None:
    assert "make build" in ask(workspace, "query", "levels", status=1)
    assert "make build" in ask(workspace, "query", "levels", "--schema", status=1)
    workspace.published.parent.mkdir(parents=True)
    workspace.published.write_bytes(b"somebody's notes")
    assert "cannot be read as a DuckDB file" in ask(workspace, "query", "health", status=1)
    workspace.published.unlink()
    with duckdb.connect(str(workspace.published)) as older:
        older.execute("create table symbols as select 'AUSDT' as symbol, 1.0 as open_interest_quote")
        older.execute("create table liquidation_levels as select 'AUSDT' as symbol, 'ensemble' as model")
    assert "another version of the project" in ask(workspace, "query", "levels", status=1)
    assert "another version of the project" in ask(workspace, "export", str(workspace.folder / "x"), status=1)


def test_nothing_can_be_changed(sample: Workspace) -> None:
    before = sample.published.read_bytes()
    ask(sample, "query", "sql", "with x as (select 1) select * from x")
    ask(sample, "query", "levels", "--symbol", "x'; drop table symbols; --", status=1)
    assert sample.published.read_bytes() == before


def test_sql_is_read_from_standard_input(sample: Workspace) -> None:
    done = subprocess.run(
        [COMMANDS / "liqheat", "query", "sql", "-", "--format", "csv"],
        cwd=sample.project,
        env=sample.environment,
        input="-- a comment\nselect symbol from symbols order by 1; -- and another\n",
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.split() == ["symbol", "SIMULATEDUSDT"]


def test_completion_knows_commands_and_options(sample: Workspace) -> None:
    done = subprocess.run(
        [COMMANDS / "liqheat"],
        cwd=sample.project,
        env=sample.environment
        | {"_LIQHEAT_COMPLETE": "bash_complete", "COMP_WORDS": "liqheat query le", "COMP_CWORD": "2"},
        capture_output=True,
        text=True,
        check=True,
    )
    assert "levels" in done.stdout


def test_export_opens_everywhere(sample: Workspace, tmp_path: Path) -> None:
    folder = tmp_path / "export"
    assert str(folder) in ask(sample, "export", str(folder))
    manifest = json.loads((folder / "manifest.json").read_text())
    names = {name for (name,) in sample.query("select table_name from duckdb_tables()")}
    assert {table["name"] for table in manifest["tables"]} == names
    assert {file.name for file in folder.iterdir()} == {"manifest.json", *(f"{name}.parquet" for name in names)}
    for table in manifest["tables"]:
        file = folder / table["file"]
        columns = [column["name"] for column in table["columns"]]
        assert all(column["description"] for column in table["columns"]), table["name"]
        assert hashlib.sha256(file.read_bytes()).hexdigest() == table["sha256"]
        assert file.stat().st_size == table["bytes"]
        frame, other = pd.read_parquet(file), pl.read_parquet(file)
        assert list(frame.columns) == other.columns == columns
        assert len(frame) == len(other) == table["rows"]
        assert duckdb.sql(f"from '{file}'").columns == columns
        # Rows are compared as sets, because leverage groups are plain text in Parquet and sort otherwise there.
        assert Counter(duckdb.sql(f"from '{file}'").fetchall()) == Counter(sample.query(f"from {table['name']}"))


def test_export_replaces_an_earlier_one_and_nothing_else(sample: Workspace, tmp_path: Path) -> None:
    folder = tmp_path / "export"
    ask(sample, "export", str(folder))
    manifest = json.loads((folder / "manifest.json").read_text())
    # A table of an older version that this one does not have.
    older = folder / "older.parquet"
    (folder / manifest["tables"][0]["file"]).rename(older)
    manifest["tables"][0] |= {"name": "older", "file": "older.parquet"}
    (folder / "manifest.json").write_text(json.dumps(manifest))
    ask(sample, "export", str(folder))
    assert not older.exists()
    assert [path.name for path in tmp_path.iterdir()] == ["export"]
    notes = tmp_path / "notes"
    notes.mkdir()
    (notes / "note.txt").write_text("mine")
    assert "left as it is" in ask(sample, "export", str(notes), status=1)
    assert (notes / "note.txt").read_text() == "mine"
    (tmp_path / "file").write_text("mine")
    assert "cannot be written" in ask(sample, "export", str(tmp_path / "file" / "below"), status=1)
