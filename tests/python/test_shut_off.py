"""SQL of a user, or from inside a built file, reads that file and nothing else: no other file and no network."""

from __future__ import annotations

import ast
import socket
import subprocess
import threading
from collections.abc import Iterator
from pathlib import Path

import duckdb
import pytest

from conftest import COMMANDS, ROOT, Workspace
from liquidation_heatmap.errors import LiqheatError
from liquidation_heatmap.published import connect_to
from liquidation_heatmap.query.output import write_answer
from liquidation_heatmap.query.questions import one_query

pytestmark = pytest.mark.slow

SECRET = "not-for-you"
READERS = [ROOT / "python" / "liquidation_heatmap", ROOT / "streamlit_app"]


@pytest.fixture
def secret(tmp_path: Path) -> Path:
    """Local files of every kind that DuckDB could read."""
    (tmp_path / "secret.csv").write_text(f"a,b\n1,{SECRET}\n")
    (tmp_path / "secret.json").write_text(f'[{{"a": "{SECRET}"}}]')
    with duckdb.connect(str(tmp_path / "secret.duckdb")) as other:
        other.execute(f"create table t as select '{SECRET}' as a")
        other.execute(f"copy t to '{tmp_path / 'secret.parquet'}'")
    return tmp_path


@pytest.fixture
def listener() -> Iterator[tuple[int, list[object]]]:
    """A port on loopback, and who called there."""
    callers: list[object] = []
    server = socket.create_server(("127.0.0.1", 0))

    def accept() -> None:
        while True:
            try:
                connection, address = server.accept()
            except OSError:
                return
            callers.append(address)
            connection.close()

    threading.Thread(target=accept, daemon=True).start()
    yield server.getsockname()[1], callers
    server.close()


LOCAL = [
    "from read_csv('{0}/secret.csv')",
    "from '{0}/secret.csv'",
    "from read_text('{0}/secret.csv')",
    "select content from read_blob('{0}/secret.csv')",
    "from read_json('{0}/secret.json')",
    "from read_parquet('{0}/secret.parquet')",
    "from parquet_metadata('{0}/secret.parquet')",
    "from parquet_schema('{0}/secret.parquet')",
    "from sniff_csv('{0}/secret.csv')",
    "from glob('{0}/*')",
    "from read_duckdb('{0}/secret.duckdb')",
    "with x as (from read_text('{0}/secret.csv')) from x",
    "select (select content from read_text('{0}/secret.csv'))",
    "from query('from read_text(''{0}/secret.csv'')')",
    "from query_table('{0}/secret.csv')",
    "summarize from read_csv('{0}/secret.csv')",
    "describe from read_csv('{0}/secret.csv')",
    "from read_text('/proc/self/environ')",
]
CHANGES = [
    "set enable_external_access = true",
    "reset lock_configuration",
    "copy (select 1) to '{0}/stolen.csv'",
    "attach '{0}/secret.duckdb'",
    "install httpfs",
    "load httpfs",
    "export database '{0}/stolen'",
    "pragma enable_profiling",
    "call enable_logging()",
    "from enable_logging(storage_path = '{0}/stolen')",
    "set temp_directory = '{0}/stolen'",
    "create secret s (type s3)",
    "use memory",
]


@pytest.mark.parametrize("sql", [*LOCAL, *CHANGES])
def test_query_sql_reads_no_local_file_and_changes_nothing(sample: Workspace, secret: Path, sql: str) -> None:
    before = sorted(path.name for path in secret.iterdir())
    with connect_to(sample.published) as connection, pytest.raises((duckdb.Error, LiqheatError)):
        write_answer(connection, one_query(connection, sql.format(secret)), {}, "table")
    assert sorted(path.name for path in secret.iterdir()) == before


@pytest.mark.parametrize("sql", [LOCAL[0], LOCAL[2], LOCAL[9], CHANGES[2], CHANGES[0]])
@pytest.mark.parametrize("output_format", ["table", "json", "csv"])
def test_the_command_says_so_in_a_sentence(sample: Workspace, secret: Path, sql: str, output_format: str) -> None:
    said = sample.run("liqheat", "query", "sql", sql.format(secret), "--format", output_format, status=1)
    assert SECRET not in said
    assert "What to do" in said
    assert "Traceback" not in said


@pytest.mark.parametrize("scheme", ["http", "https", "s3", "hf", "gcs", "azure"])
def test_query_sql_asks_nobody_on_the_network(
    sample: Workspace, listener: tuple[int, list[object]], scheme: str
) -> None:
    port, callers = listener
    with connect_to(sample.published) as connection, pytest.raises(duckdb.Error) as raised:
        connection.execute(f"from '{scheme}://127.0.0.1:{port}/x.parquet'")
    assert not callers
    # The request is refused, and not tried in vain.
    assert "disabled by configuration" in str(raised.value) or "does not exist" in str(raised.value)


def test_a_file_of_another_kind_makes_nobody_fetch_an_extension(tmp_path: Path) -> None:
    (tmp_path / "other.db").write_bytes(b"SQLite format 3\0" + bytes(4080))
    with pytest.raises(duckdb.Error) as raised:
        connect_to(tmp_path / "other.db")
    assert "extension" not in str(raised.value).lower()


@pytest.mark.parametrize(
    "command",
    [
        ("summary",), ("query", "health"), ("query", "levels"), ("export", "{0}/export"),
        ("report", "{0}/page.html"), ("alerts",), ("doctor",), ("validate", "{0}/hostile.duckdb"),
    ],
    ids=lambda command: "-".join(command[:1] if "{" in command[-1] else command),
)  # fmt: skip
def test_a_hostile_built_file_reads_nothing(sample: Workspace, secret: Path, command: tuple[str, ...]) -> None:
    """No command shows or copies local files of which a hostile file's tables are views."""
    hostile = secret / "hostile.duckdb"
    names = [name for (name,) in sample.query("select table_name from duckdb_tables()", database=sample.published)]
    with duckdb.connect(str(hostile)) as connection:
        for name in names:
            connection.execute(f"create view {name} as select * from read_text('{secret}/secret.csv')")
        connection.execute(f"create macro levels() as table from read_text('{secret}/secret.csv')")
        connection.execute(f"create macro health() as table from read_text('{secret}/secret.csv')")
        connection.execute("create macro known_venue(x) as x")
        connection.execute("create macro known_symbol(x, venue) as x")
    asked = Workspace(secret)
    environment = asked.environment | {"LIQHEAT_PUBLISHED": str(hostile), "DUCKDB_PATH": str(hostile)}
    done = subprocess.run(
        [COMMANDS / "liqheat", *(part.format(secret) for part in command)],
        cwd=asked.project, env=environment, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert SECRET not in done.stdout + done.stderr
    for written in [*secret.glob("export/*"), *secret.glob("page.html")]:
        assert SECRET.encode() not in written.read_bytes()
    assert "Traceback" not in done.stderr, done.stderr


def test_spilling_and_answers_still_work(sample: Workspace) -> None:
    many = "select count(*) as n from (select distinct i, i::text from range(2_000_000) as r (i))"
    assert "2000000" in sample.run("liqheat", "query", "sql", many, "--format", "csv")


def test_built_files_are_opened_in_one_place() -> None:
    """All code that opens a DuckDB file for reading uses ``connect_to``."""
    elsewhere = []
    for file in (file for folder in READERS for file in folder.rglob("*.py")):
        for call in ast.walk(ast.parse(file.read_text())):
            is_connect = (
                isinstance(call, ast.Call)
                and isinstance(call.func, ast.Attribute)
                and call.func.attr == "connect"
                and isinstance(call.func.value, ast.Name)
                and call.func.value.id == "duckdb"
            )
            if is_connect and isinstance(call, ast.Call) and any(k.arg == "read_only" for k in call.keywords):
                elsewhere.append(file.name)
            if is_connect and isinstance(call, ast.Call) and call.args and file.name not in _WRITERS:
                elsewhere.append(file.name)
    assert not elsewhere


# Exceptions: the working file, which dbt opens, and a new file to be published.
_WRITERS = ("dbt_plugin.py", "published_tables.py")
