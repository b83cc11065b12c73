"""The published file opens in old and new DuckDBs and in clients of other languages, with the same content in all.

Each client is fetched by its own package manager into an environment of its own. Where that cannot be had, the test is
left out with the reason, save under CI, where it fails.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

import pytest

from conftest import COMMANDS, Workspace

pytestmark = pytest.mark.slow

HERE = Path(__file__).parent / "readers"
UV_RUN: list[str | Path] = [COMMANDS / "uv", "run", "--no-project", "--isolated", "--no-build"]
# The clients' versions; for old ones also the versions of Python for which they have wheels.
READERS: dict[str, list[str]] = {
    "Python, oldest": ["--with", "duckdb==1.0.0", "--python", ">=3.9,<3.13"],
    "Python, 1.2": ["--with", "duckdb==1.2.2", "--python", ">=3.9,<3.14"],
    "Python, long-term support": ["--with", "duckdb==1.4.*"],
    "Python, newest": ["--with", "duckdb", "--refresh-package", "duckdb"],
    "Node.js": ["@duckdb/node-api@1.5.6-r.1"],
}
# The number of rows, and a fingerprint of all of them, with doubles to the last digit.
FINGERPRINT = """
    select count(*) || ' rows ' || coalesce(md5(string_agg(line, ' ' order by line)), '')
    from (select cast(to_json(answer) as varchar) as line from ({}) as answer)
"""
# The first value of 100 rows with all columns: the client must convert every type to one of its language.
VALUES = "select 'read', answer.* from (select 1) left join (from {} limit 100) as answer on true"
DECLARED = {
    "order of leverages": "select string_agg(leverage_group, ', ' order by leverage_group)"
    " from (select distinct leverage_group from liquidation_levels)",
    "comments": "select md5(string_agg(table_name || column_name || comment, '' order by table_name, column_name))"
    " from duckdb_columns() where not internal",
    "never null": "select md5(string_agg(table_name || column_name, '' order by table_name, column_name))"
    " from duckdb_columns() where not internal and not is_nullable",
}


@dataclass(frozen=True)
class Reading:
    """What a client said: its version, and one text per statement."""

    version: str
    answers: dict[str, str]


@pytest.fixture(scope="module")
def statements(sample: Workspace) -> dict[str, str]:
    tables = sample.query("select table_name from duckdb_tables() order by 1")
    examples = sample.query("select name, example from sql_functions order by 1")
    return (
        {f"table {name}": FINGERPRINT.format(f"from {name}") for (name,) in tables}
        | {f"values of {name}": VALUES.format(name) for (name,) in tables}
        | {f"function {name}": FINGERPRINT.format(example) for name, example in examples}
        | DECLARED
    )


def make_environment(reader: str, folder: Path) -> list[str | Path]:
    """The command that reads a file with this client; without a way to get the client the test is left out."""
    if reader == "Node.js":
        made = ["npm", "install", "--no-audit", "--no-fund", *READERS[reader]]
        shutil.copy(HERE / "ask.mjs", folder)  # The module is copied, because Node looks for packages beside a module.
        command: list[str | Path] = ["node", "ask.mjs"]
    else:
        environment = [*UV_RUN, *READERS[reader], "python"]
        made = [*environment, "-c", "import duckdb"]
        command = [*environment, HERE / "ask.py"]
    try:
        subprocess.run(made, cwd=folder, capture_output=True, text=True, timeout=300, check=True)
    except (OSError, subprocess.SubprocessError) as error:
        reason = f"{reader} cannot be had: {error} {getattr(error, 'stderr', '')}"
        if os.environ.get("CI"):
            pytest.fail(reason)
        pytest.skip(reason)
    return command


def read(reader: str, published: Path, statements: dict[str, str], folder: Path) -> Reading:
    command = [*make_environment(reader, folder), published]
    given = json.dumps(statements)
    done = subprocess.run(command, cwd=folder, input=given, capture_output=True, text=True, timeout=300, check=False)
    assert done.returncode == 0, f"{reader}: {done.stderr}"
    return Reading(**json.loads(done.stdout))


def test_every_client_reads_the_same(
    sample: Workspace, statements: dict[str, str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    alone = tmp_path / "liquidations.duckdb"  # no other file is beside it
    shutil.copy(sample.published, alone)
    readings: dict[str, Reading] = {}
    for reader in READERS:
        folder = tmp_path / reader
        folder.mkdir()
        readings[reader] = read(reader, alone, statements, folder)
    with capsys.disabled():
        print(f"\n{'client':<28}{'DuckDB':<10}tables  functions")
        for reader, reading in readings.items():
            answered = [name.split()[0] for name, answer in reading.answers.items() if " rows " in str(answer)]
            print(f"{reader:<28}{reading.version:<10}{answered.count('table'):<8}{answered.count('function')}")
    expected = readings["Python, newest"].answers
    for name, answer in expected.items():
        assert not answer.startswith("error: "), f"{name}: {answer}"
    assert expected["order of leverages"] == "up to 5x, 6x to 10x, 11x to 20x, over 20x"
    for reader, reading in readings.items():
        different = {name: answer for name, answer in reading.answers.items() if answer != expected[name]}
        assert not different, reader
