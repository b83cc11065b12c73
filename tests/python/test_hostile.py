"""No command prints a traceback, whatever its arguments, environment, lake, manifest, source or published file are.

Every case is one run of the command line. It may succeed, or fail with a message, within a minute and four gigabytes.
LIQHEAT_HOSTILE=all runs all of some 1,200 cases in half an hour; otherwise one in five is run.
"""

from __future__ import annotations

import os
import resource
import shutil
import subprocess
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path

import duckdb
import pytest

from conftest import COMMANDS, Workspace

pytestmark = pytest.mark.slow(minutes=5)

ONE_IN = 1 if os.environ.get("LIQHEAT_HOSTILE") == "all" else 5
SECONDS = 60
MEMORY_BYTES = 4 << 30
CLOSED_PORT = "http://127.0.0.1:9"
ORDINARY = "1,10.0,2.0,1,1,1767225600000,true\n2,10.1,2.0,2,2,1767225601000,false\n"
BRACKETS = (
    "as_of,symbol,bracket,notional_floor,notional_cap,maintenance_margin_rate,max_leverage,maintenance_amount\n"
    "2024-01-01,AUSDT,1,0,5000,0.005,50,0\n"
)
TOTALS = "symbol,timestamp,long_usd,short_usd\nAUSDT,2026-01-01T00:00:00,1,1\nAUSDT,2026-01-01T04:00:00,1,1\n"
TRADE_FILE = "data/futures/um/daily/aggTrades/AUSDT/AUSDT-aggTrades-2026-01-01.csv"
LONG = "x" * 5000
STRANGE_TEXTS = (
    "",
    " ",
    "-",
    "..",
    "../../x",
    "*",
    "a\nb",
    "'; drop table x; --",
    "{}",
    "%s",
    "5",
    LONG,
    "币安",
    "\ud83d",
    b"\xff\xfe",
    "🦊" * 300,
    "NaN",
    "\x1b[31m",
    "$(x)",
    "a/b\\c",
)
STRANGE_DAYS = ("0001-01-01", "9999-12-31", "2999-01-01", "2024-02-30", "", "now", "-1")
STRANGE_TIMES = ("0001-01-01", "9999-12-31T23:59:59+14:00", "1e400", "nan", "", "yesterday", "2024-02-30", "'", LONG)
STRANGE_NUMBERS = ("nan", "inf", "-inf", "-1", "0", "1e308", "1e-320", "9" * 400, "", "x", "1_0")

Argument = str | bytes
Setup = Callable[[Path], None]


@dataclass(frozen=True)
class Case:
    """One run: its arguments, settings in the environment, and what is done to its folder before."""

    arguments: tuple[Argument, ...]
    environment: dict[str, Argument] = field(default_factory=dict)
    setup: Setup | None = None

    def __str__(self) -> str:
        shown = " ".join(str(argument)[:60] for argument in self.arguments)
        settings = {name: str(value)[:40] for name, value in self.environment.items()}
        done = getattr(self.setup, "__name__", "")
        return f"liqheat {shown} {settings or ''} {done}"


def case(*arguments: Argument, setup: Setup | None = None, **environment: Argument) -> Case:
    return Case(arguments, environment, setup)


def as_bytes(text: Argument) -> bytes:
    return text if isinstance(text, bytes) else text.encode("utf-8", errors="surrogatepass")


def run(one: Case, folder: Path) -> str | None:
    """Run a case; returns what is wrong with the answer, None if nothing."""
    folder.mkdir()
    file = folder / TRADE_FILE
    file.parent.mkdir(parents=True)
    file.write_text(ORDINARY)
    (folder / "brackets.csv").write_text(BRACKETS)
    (folder / "totals.csv").write_text(TOTALS)
    if one.setup:
        one.setup(folder)
    environment: dict[str, Argument] = {
        "PATH": os.environ["PATH"],
        "HOME": str(folder),
        "LIQHEAT_LAKE": str(folder / "lake"),
        "DUCKDB_PATH": str(folder / "build.duckdb"),
        "LIQHEAT_PUBLISHED": str(folder / "published.duckdb"),
        "LIQHEAT_LOGS": str(folder / "logs"),
        "LIQHEAT_ALERT_LEDGER": str(folder / "alerts.sqlite"),
        "BINANCE_ARCHIVE_URL": CLOSED_PORT,
        "BINANCE_REST_URL": CLOSED_PORT,
        "BINANCE_STREAM_URL": "ws://127.0.0.1:9",
        "BINANCE_WEB_URL": CLOSED_PORT,
        **one.environment,
    }
    try:
        done = subprocess.run(
            [os.fsencode(COMMANDS / "liqheat"), *(as_bytes(argument) for argument in one.arguments)],
            env={os.fsencode(name): as_bytes(value) for name, value in environment.items()},
            cwd=folder,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=SECONDS,
            check=False,
            preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_AS, (MEMORY_BYTES, MEMORY_BYTES)),
        )
    except subprocess.TimeoutExpired:
        return f"{one}: no answer within {SECONDS} s"
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    output = (done.stdout + done.stderr).decode("utf-8", errors="replace")
    if "Traceback" in output or "fault of the program" in output or done.returncode < 0:
        return f"{one}: status {done.returncode}\n{output[-1500:]}"
    return None


def check(table: Iterable[Case], folder: Path) -> None:
    cases = list(table)[::ONE_IN]
    with ThreadPoolExecutor(2) as pool:
        found = pool.map(lambda numbered: run(numbered[1], folder / str(numbered[0])), enumerate(cases))
        bad = [problem for problem in found if problem]
    assert not bad, f"{len(bad)} of {len(cases)}:\n" + "\n\n".join(bad)


def possible(texts: tuple[Argument, ...]) -> list[Argument]:
    """Whether the system can pass a text as an argument: it has no zero byte."""
    return [text for text in texts if b"\0" not in as_bytes(text)]


def arguments() -> Iterator[Case]:
    for text in possible(STRANGE_TEXTS):
        yield case("ingest", text)
        yield case("ingest", TRADE_FILE, "--accept-checksum", text)
        yield case("import", "brackets", text)
        yield case("import", "liquidations", text)
        yield case("fetch", text)
        yield case("live", text)
        yield case("docs", "--no-open", text)
        for target in ("WEBHOOK", "EMAIL", "FILE", "LEDGER"):
            yield case("alerts", "--send", **{f"LIQHEAT_ALERT_{target}": text})
    for device in ("/dev/zero", "/dev/null", "/dev/full", "/proc/self/mem", "/", "."):
        yield case("ingest", "--market", "um", device)
        yield case("import", "brackets", device)
        yield case("import", "liquidations", device)
        yield case("validate", device)
    for day in STRANGE_DAYS:
        yield case("import", "brackets", "brackets.csv", "--as-of", day)
        yield case("fetch", "AUSDT", "--from", day)
        yield case("fetch", "AUSDT", "--from", "2024-01-01", "--to", day)
    for number in STRANGE_NUMBERS:
        yield case("sample", "--days", number)
        yield case("fetch", "AUSDT", "--days", number)
        yield case("ingest", TRADE_FILE, "--workers", number)
    yield case("fetch", "AUSDT", "--days", "99999999")
    yield case("sample", "--seed", "9" * 30, "--days", "1", "--trades-per-day", "5000")
    yield case("sample", "--like", "NOSUCHUSDT")
    for text in ("klines", "klines/7m", "nonsense", "", ",", "metrics/5m", "aggTrades,,"):
        yield case("fetch", "AUSDT", "--datasets", text)
    yield case("build")
    yield case("build", "--state", "nowhere")
    yield case("docs", "--no-open")
    yield case("record")
    yield case("record", "../../x")
    yield case("watch")
    yield case("watch", "../../x")
    yield case("ingest")
    yield case("nonsense")


def settings() -> Iterator[Case]:
    for place in ("", "brackets.csv", "/dev/null", "/proc/nowhere", LONG, "a\nb", b"\xff\xfe", "🦊", "loop"):
        for command in (
            ("ingest", TRADE_FILE),
            ("doctor",),
            ("import", "brackets", "brackets.csv"),
            ("sample", "--if-empty"),
            ("import", "liquidations", "totals.csv"),
            ("fetch", "AUSDT", "--days", "1"),
            ("refresh",),
        ):
            if command[0] != "sample" or place not in ("", "🦊", "a\nb", b"\xff\xfe"):
                yield case(*command, LIQHEAT_LAKE=place, setup=a_loop)
    for place in ("", ".", "/dev/null", LONG, b"\xff\xfe", "loop", "/proc/self/mem"):
        for command in (("summary",), ("query", "levels"), ("validate",), ("doctor",), ("export", "out")):
            yield case(*command, LIQHEAT_PUBLISHED=place, DUCKDB_PATH=place, setup=a_loop)
    for name in ("BINANCE_ARCHIVE_URL", "BINANCE_REST_URL", "BINANCE_STREAM_URL"):
        for address in (
            "",
            "nonsense",
            "ftp://x",
            "http://[",
            "http://127.0.0.1:99999",
            "//",
            "http://\n",
            "wss://",
            "http://" + LONG,
        ):
            yield case("doctor", **{name: address})
    for address in ("", "nonsense", "http://[", "http://127.0.0.1:99999", "http://a b/"):
        yield case("fetch", "AUSDT", "--days", "1", BINANCE_ARCHIVE_URL=address)
        yield case("live", "AUSDT", BINANCE_REST_URL=address)
    for name, value in {
        "LOG_LEVEL": "LOUD",
        "LOG_FORMAT": "xml",
        "LIQHEAT_LOGS": "/dev/null",
        "COLUMNS": "abc",
        "TERM": "nonsense",
        "TZ": "No/Where",
        "HTTP_PROXY": "nonsense",
        "HTTPS_PROXY": "http://[",
        "PYTHONIOENCODING": "ascii",
        "LANG": "xx",
        "HOME": "",
        "LC_ALL": "C",
        "NO_COLOR": "1",
        "XDG_CONFIG_HOME": "/dev/null",
        "TMPDIR": "/nowhere",
    }.items():
        yield case("doctor", **{name: value})
        yield case("refresh", **{name: value})
        yield case("ingest", TRADE_FILE, **{name: value})
    for columns in ("0", "-5", "1", "99999"):
        yield case("doctor", COLUMNS=columns)
    yield case("ingest", "币安人生USDT-aggTrades-2026-01-01.csv", PYTHONIOENCODING="ascii", setup=a_chinese_name)


def a_loop(folder: Path) -> None:
    (folder / "loop").symlink_to(folder / "loop")


def a_chinese_name(folder: Path) -> None:
    (folder / "币安人生USDT-aggTrades-2026-01-01.csv").write_text(ORDINARY)


def written(place: str, content: bytes) -> Setup:
    def setup(folder: Path) -> None:
        path = folder / place
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)

    setup.__name__ = f"{place} is {content[:20]!r}"
    return setup


def made(place: str, how: Callable[[Path], object]) -> Setup:
    def setup(folder: Path) -> None:
        path = folder / place
        path.parent.mkdir(parents=True, exist_ok=True)
        how(path)

    setup.__name__ = f"{place} {getattr(how, '__name__', '')}"
    return setup


def is_a_folder(path: Path) -> None:
    path.mkdir()


def is_a_loop(path: Path) -> None:
    path.symlink_to(path)


def is_a_pipe(path: Path) -> None:
    os.mkfifo(path)


def is_a_device(path: Path) -> None:
    path.symlink_to("/dev/zero")


def has_other_columns(path: Path) -> None:
    duckdb.sql("select 1 as a, 'x' as b").write_parquet(str(path))


def has_other_types(path: Path) -> None:
    with duckdb.connect() as connection:
        connection.sql(
            "select 'um' as market, 1 as file_key, 'x' as row_count, [1] as symbol, 'never' as trade_date, 'x' as path"
        ).write_parquet(str(path))


def has_no_rows(path: Path) -> None:
    duckdb.sql("select 1 as a where false").write_parquet(str(path))


def lakes() -> Iterator[Case]:
    contents = (b"", b"PAR1", b"nonsense" * 100, b"PAR1" + b"\0" * 100 + b"PAR1", b"\xff" * 5000)
    shapes = (is_a_folder, is_a_loop, is_a_device, has_other_columns, has_other_types, has_no_rows)
    commands: tuple[tuple[str, ...], ...] = (
        ("ingest", TRADE_FILE),
        ("doctor",),
        ("sample", "--if-empty", "--days", "1", "--trades-per-day", "5000"),
        ("refresh",),
    )
    for table in ("files", "partitions", "candidates"):
        place = f"lake/manifest/{table}.parquet"
        for content in contents:
            for command in commands:
                yield case(*command, setup=written(place, content))
        for shape in shapes:
            for command in commands[:2]:
                yield case(*command, setup=made(place, shape))
    for shape in (is_a_folder, is_a_loop, is_a_pipe):
        for place in ("lake/.lock", "lake/.tmp", "lake/manifest", "lake/collected", "lake/market=um", "lake/reference"):
            yield case("ingest", TRADE_FILE, setup=made(place, shape))
            yield case("import", "liquidations", "totals.csv", setup=made(place, shape))
            yield case("import", "brackets", "brackets.csv", setup=made(place, shape))
            yield case("doctor", "--repair", setup=made(place, shape))
    for content in contents:
        yield case(
            "import", "brackets", "brackets.csv", setup=written("lake/reference/margin_brackets.parquet", content)
        )
        yield case("ingest", TRADE_FILE, setup=written("lake/.tmp", content))
        collected = (
            "lake/collected/data/futures/um/daily/liquidationTotals/AUSDT/AUSDT-liquidationTotals-2026-01-01.csv"
        )
        yield case("import", "liquidations", "totals.csv", setup=written(collected, content))
    yield case(
        "import", "brackets", "brackets.csv", setup=made("lake/reference/margin_brackets.parquet", has_other_columns)
    )


def sources() -> Iterator[Case]:
    contents = {
        "empty": b"",
        "lone CR": b"1,10,2,1,1,1767225600000,true\r2,10,2,2,2,1767225601000,true\r",
        "zeros": b"\0" * 10_000,
        "one line": b"9" * 20_000_000,
        "quotes": b'"' * 100_000,
        "commas": b"," * 1_000_000,
        "noise": os.urandom(100_000),
        "utf-16": ORDINARY.encode("utf-16"),
        "page": b"<html>",
        "header": b"agg_trade_id,price\n",
        "newlines": b"\n" * 1_000_000,
        "deep": b"[" * 1_000_000,
        "gz": b"\x1f\x8b\x08\x00",
        "zip": b"PK\x03\x04" + b"\0" * 100,
        "parquet": b"PAR1",
    }
    for content in contents.values():
        yield case("ingest", "data", setup=written(TRADE_FILE, content))
        yield case("ingest", "data", setup=written(TRADE_FILE.replace(".csv", ".zip"), content))
        yield case("ingest", "data", setup=written(TRADE_FILE.replace(".csv", ".csv.gz"), content))
        yield case("ingest", "data", setup=written(f"{TRADE_FILE}.CHECKSUM", content))
        yield case("import", "brackets", "x.json", setup=written("x.json", content))
        yield case("import", "brackets", "x.csv.gz", setup=written("x.csv.gz", content))
        yield case("import", "liquidations", "x.csv", setup=written("x.csv", content))
        yield case("import", "liquidations", "x.csv.gz", setup=written("x.csv.gz", content))
    for shape in (is_a_folder, is_a_loop, is_a_pipe, is_a_device):
        place = TRADE_FILE.replace("2026-01-01", "2026-01-02")
        yield case("ingest", "data", setup=made(place, shape))
        yield case("ingest", place, setup=made(place, shape))
        yield case("ingest", "data", setup=made(f"{TRADE_FILE}.CHECKSUM", shape))
        yield case("import", "brackets", "x.json", setup=made("x.json", shape))
        yield case("import", "liquidations", "x.csv", setup=made("x.csv", shape))
    yield case("ingest", "data", setup=a_name_that_is_no_text)


def a_name_that_is_no_text(folder: Path) -> None:
    file = folder / TRADE_FILE
    file.rename(os.fsdecode(os.fsencode(file).replace(b"AUSDT-", b"A\xffUSDT-")))


def without_tables(path: Path) -> None:
    duckdb.connect(str(path)).close()


def with_other_columns(path: Path) -> None:
    with duckdb.connect(str(path)) as connection:
        for table in (
            "health",
            "symbols",
            "liquidation_levels",
            "data_quality_summary",
            "model_scores",
            "data_dictionary",
        ):
            connection.execute(f"create table {table} as select 1 as a")


def with_empty_tables(path: Path) -> None:
    with duckdb.connect(str(path)) as connection:
        connection.execute("create table health (project_version varchar, built_at timestamp)")
        connection.execute("create table symbols (symbol varchar)")


def published() -> Iterator[Case]:
    questions: tuple[tuple[str, ...], ...] = (
        ("summary",),
        ("query", "levels"),
        ("query", "health"),
        ("query", "margin"),
        ("query", "levels", "--schema"),
        ("query", "sql", "select 1"),
        ("validate", "published.duckdb"),
        ("report",),
        ("export", "out"),
        ("alerts",),
        ("doctor",),
    )
    for content in (b"", b"nonsense" * 1000, b"\0" * 8 + b"DUCK" + b"\0" * 10_000):
        for question in questions:
            yield case(*question, setup=written("published.duckdb", content))
    for shape in (
        is_a_folder,
        is_a_loop,
        is_a_pipe,
        is_a_device,
        without_tables,
        with_other_columns,
        with_empty_tables,
    ):
        for question in questions:
            yield case(*question, setup=made("published.duckdb", shape))
    for shape in (is_a_folder, is_a_loop, without_tables, with_other_columns):
        yield case("doctor", setup=made("build.duckdb", shape))
        yield case("validate", setup=made("build.duckdb", shape))


def questions(published: Path) -> Iterator[Case]:
    def of(*arguments: Argument) -> Case:
        return case(*arguments, LIQHEAT_PUBLISHED=str(published))

    for text in possible(STRANGE_TEXTS):
        yield of("query", "levels", "--symbol", text)
        yield of("query", "levels", "--model", text)
        yield of("query", "sql", text)
        yield of("validate", "--symbol", text)
        yield of("report", "--symbol", text)
        yield of("report", text)
        yield of("export", text)
        yield of("validate", "--report", text, str(published))
        yield case("summary", LIQHEAT_PUBLISHED=str(published), DEFAULT_MODEL=text)
        yield case("query", "zones", LIQHEAT_PUBLISHED=str(published), DEFAULT_SYMBOL=text)
    for text in STRANGE_TIMES:
        yield of("query", "history", "--from", text)
        yield of("query", "heatmap", "--to", text)
        yield of("query", "tiers", "--as-of", text)
    for number in STRANGE_NUMBERS:
        yield of("query", "levels", "--top", number)
        yield of("query", "margin", "--entry", number, "--quantity", "1", "--leverage", "10")
        yield of("query", "margin", "--entry", "100", "--quantity", number, "--leverage", "10")
        yield of("query", "margin", "--entry", "100", "--quantity", "1", "--leverage", number)
    for place in ("/dev/full", "/proc/x", "/", "/dev/null/x"):
        yield of("report", place)
        yield of("export", place)
        yield of("validate", "--report", place, str(published))
    for statement in (
        "select",
        "from read_csv('/etc/passwd')",
        "attach 'x'",
        "copy (select 1) to 'x'",
        "select 1; select 2",
        "select error('x')",
        "select 'x'::int",
        "install httpfs",
        "with recursive t as (select 1 union all select 1 from t) select 1 from t limit 1",
        "select repeat('x', 100000000)",
        "select 1 as a, 2 as a",
        "select {'a': [1]}",
        "select interval '1 day'",
        "pragma x",
        "select blob '\\xff'",
        "select 'NaN'::double, 'inf'::double",
        "select date '9999999-01-01'",
        "select uuid()",
        "call x()",
    ):
        for output in ("table", "json", "csv", "parquet", "markdown"):
            yield of("query", "sql", statement, "--format", output)


def test_arguments(tmp_path: Path) -> None:
    check(arguments(), tmp_path)


def test_environments(tmp_path: Path) -> None:
    check(settings(), tmp_path)


def test_lakes_and_manifests(tmp_path: Path) -> None:
    check(lakes(), tmp_path)


def test_source_files(tmp_path: Path) -> None:
    check(sources(), tmp_path)


def test_published_files(tmp_path: Path) -> None:
    check(published(), tmp_path)


def test_questions_to_a_good_file(sample: Workspace, tmp_path: Path) -> None:
    check(questions(sample.published), tmp_path)


@pytest.mark.parametrize("table", [arguments, settings, lakes, sources, published])
def test_there_are_many(table: Callable[[], Iterator[Case]]) -> None:
    assert len(list(table())) > 100
