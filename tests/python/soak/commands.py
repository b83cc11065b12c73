"""The commands that are killed, what must be whole after a kill, and what a run to the end must have done."""

from __future__ import annotations

import hashlib
import json
import random
import shutil
import socket
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import duckdb
from small_archive import SYMBOL, contents
from watcher import version_of
from world import FIRST_DAY, World

from liquidation_heatmap.lake.brackets import BRACKETS
from liquidation_heatmap.lake.collected import collected_files, untaken

HERE = Path(__file__).parent
Check = Callable[[World], str | None]
ALERTS = """
create table data_quality_alerts as
select 'x' as alert_id, 'fail' as severity, 'binance' as venue, 'S' as symbol,
    timestamp '2026-01-02' as raised_at,
    null::timestamp as resolved_at, 'x' as message where false;
create table price_near_zones as
select 'binance' as venue, 'S' as symbol, 'ensemble' as model, timestamp '2026-01-03' as raised_at, '' as message,
    '' as alert_id, timestamp '2026-01-04' as as_of where false;
create table max_pain as select 'binance' as venue, 'S' as symbol, 'ensemble' as model;
"""


def _nothing(_: World) -> str | None:
    return None


def _no_change(_: World, __: random.Random) -> None:
    pass


@dataclass(frozen=True)
class Command:
    """A command line, the place it works in, and what is true of it.

    ``weight`` is how often it is chosen, ``good`` its exit statuses. A command that runs until it is stopped is stopped
    after ``stops_after`` seconds. ``check_killed`` says what is not whole after a kill, ``check_done`` what is missing
    after a run to the end.
    """

    name: str
    arguments: Callable[[World], list[str]]
    place: str = ""
    weight: float = 1.0
    good: tuple[int, ...] = (0,)
    stops_after: float | None = None
    environment: Callable[[World], dict[str, str]] = lambda _: {}
    prepare: Callable[[World, random.Random], None] = _no_change
    check_killed: Check = _nothing
    check_done: Check = _nothing


def _liqheat(*arguments: str) -> Callable[[World], list[str]]:
    return lambda _: ["liqheat", *arguments]


# --- lakes of their own -----------------------------------------------------------------------------------------------


def _new_lake(place: str) -> Callable[[World, random.Random], None]:
    """Half of the time start with an empty lake, else with the one that the last kill left."""

    def prepare(world: World, moments: random.Random) -> None:
        if moments.random() < 0.5:
            shutil.rmtree(world.lake(place), ignore_errors=True)

    return prepare


def _readable(place: str) -> Check:
    def check(world: World) -> str | None:
        lake = world.lake(place)
        for file in [*lake.rglob("data.parquet"), *(lake / "manifest").glob("*.parquet"), *lake.glob(str(BRACKETS))]:
            try:
                duckdb.read_parquet(str(file)).fetchall()
            except duckdb.Error as error:
                return f"{file.relative_to(lake)} cannot be read: {error}"
        return None

    return check


def _holds(place: str, expected: str) -> Check:
    """A check that partitions and manifest are those of the first run that was not killed."""

    def check(world: World) -> str | None:
        found = contents(world.lake(place))
        if found == world.expected.setdefault(expected, found):
            return None
        return f"the lake is not that of an undisturbed {expected}"

    return check


def _damage(world: World, moments: random.Random) -> None:
    """Change one bit of one partition, whose size stays."""
    lake = world.lake("doctor")
    if not lake.exists():
        shutil.copytree(world.folder / "undisturbed", lake)
    file = moments.choice(sorted(lake.rglob("data.parquet")) or [lake / "manifest" / "files.parquet"])
    body = bytearray(file.read_bytes())
    body[len(body) // 2] ^= 1
    file.write_bytes(body)


def _brackets(world: World) -> str | None:
    file = world.lake("brackets") / BRACKETS
    rows = duckdb.read_parquet(str(file)).fetchall() if file.exists() else []
    return None if len(rows) in (0, 500) else f"{len(rows)} of 500 brackets"


def _all_brackets(world: World) -> str | None:
    return _brackets(world) if (world.lake("brackets") / BRACKETS).exists() else "no brackets"


def _saved_rows(world: World) -> int:
    return sum(len(file.read_text().splitlines()) - 1 for file in collected_files(world.lake("record")))


def _none_lost(world: World) -> str | None:
    """Says what is lost of the rows that were once saved."""
    before, now = world.expected.get("saved", 0), _saved_rows(world)
    assert isinstance(before, int)
    world.expected["saved"] = now
    return None if now >= before else f"{before} rows were saved, {now} are left"


def _all_taken_in(world: World) -> str | None:
    lake = world.lake("record")
    world.run("record", "python", str(HERE / "take_in.py"), str(lake))
    if left := untaken(lake):
        return f"not in the lake: {left}"
    rows = duckdb.read_parquet(str(lake / "market=um/**/data.parquet"), union_by_name=True).count("*").fetchall()[0][0]
    return None if rows == _saved_rows(world) else f"{_saved_rows(world)} rows were saved, {rows} are in the lake"


def _watched(world: World) -> str | None:
    if fault := _readable("watch")(world):
        return fault
    left = untaken(world.lake("watch"))
    return f"not in the lake: {left}" if left else None


def _watch_settings(world: World) -> dict[str, str]:
    """Files of its own, as its lake has too little for a book: its builds fail."""
    return {name: str(world.folder / "watch" / f"{name}.duckdb") for name in ("DUCKDB_PATH", "LIQHEAT_PUBLISHED")}


# --- what reads the published file ------------------------------------------------------------------------------------


def _export_is_whole(world: World) -> str | None:
    folder = world.folder / "export" / "levels"
    if not folder.exists():
        return None
    tables = json.loads((folder / "manifest.json").read_text())["tables"]
    listed = {table["file"]: table["sha256"] for table in tables}
    there = {file.name: hashlib.sha256(file.read_bytes()).hexdigest() for file in folder.glob("*.parquet")}
    return None if there == listed else "the export is not what its manifest says"


def _exported(world: World) -> str | None:
    return _export_is_whole(world) if (world.folder / "export" / "levels").exists() else "no export"


def _page_is_whole(place: str, name: str) -> Check:
    def check(world: World) -> str | None:
        file = world.folder / place / name
        return None if not file.exists() or file.read_text().rstrip().endswith("</html>") else f"{name} is half a page"

    return check


def _published(world: World) -> str | None:
    return None if version_of(world.published) in world.versions else "the published file is of no build"


def _forget_build(world: World, _: random.Random) -> None:
    """Remove the mark of the last build, so that the next one has something to build."""
    world.database.with_suffix(".built").unlink(missing_ok=True)


def _publish(world: World) -> list[str]:
    """Publish the one version and the other in turn."""
    world.alerts += 1
    return ["python", str(HERE / "publish_again.py"), str(world.folder / f"{'ab'[world.alerts % 2]}.duckdb")]


# --- alerts -----------------------------------------------------------------------------------------------------------


def _raise_alert(world: World, _: random.Random) -> None:
    world.alerts += 1
    (world.folder / "alerts").mkdir(exist_ok=True)
    with duckdb.connect(str(world.folder / "alerts" / "published.duckdb")) as connection:
        if not connection.execute("from duckdb_tables()").fetchall():
            connection.execute(ALERTS)
        name = f"a{world.alerts}"
        connection.execute(
            "insert into data_quality_alerts "
            "values ($name, 'fail', 'binance', 'S', timestamp '2026-01-02', null, $name)",
            {"name": name},
        )


def _told_of(world: World) -> str | None:
    with duckdb.connect(str(world.folder / "alerts" / "published.duckdb")) as connection:
        raised = {name for (name,) in connection.execute("select alert_id from data_quality_alerts").fetchall()}
    by_hook = {each["alert_id"] for body in list(world.hook.bodies) for each in json.loads(body)["alerts"]}
    by_file = set()
    for line in (world.folder / "alerts" / "alerts.jsonl").read_text().splitlines():
        try:
            by_file.add(json.loads(line)["alert_id"])
        except ValueError:
            continue
    lost = (raised - by_hook) | (raised - by_file)
    return f"never told: {sorted(lost)}" if lost else None


def _alert_settings(world: World) -> dict[str, str]:
    place = world.folder / "alerts"
    return {
        "LIQHEAT_PUBLISHED": str(place / "published.duckdb"),
        "LIQHEAT_ALERT_LEDGER": str(place / "ledger.sqlite"),
        "LIQHEAT_ALERT_WEBHOOK": world.hook.url,
        "LIQHEAT_ALERT_FILE": str(place / "alerts.jsonl"),
    }


def _a_port() -> str:
    with socket.create_server(("127.0.0.1", 0)) as free:
        return str(free.getsockname()[1])


COMMANDS = [
    Command(
        "ingest", lambda world: ["liqheat", "ingest", str(world.folder / "served")], "ingest", 3,
        prepare=_new_lake("ingest"), check_killed=_readable("ingest"), check_done=_holds("ingest", "archive"),
    ),
    Command(
        "fetch", _liqheat("fetch", SYMBOL, "--from", FIRST_DAY, "--to", "2026-02-12"), "fetch", 3,
        # Funding comes by month, so days before the first one are there too.
        prepare=_new_lake("fetch"), check_killed=_readable("fetch"), check_done=_holds("fetch", "fetch"),
    ),
    Command(
        "sample", _liqheat("sample", "--days", "1", "--trades-per-day", "5000"), "sample", 2,
        prepare=_new_lake("sample"), check_killed=_readable("sample"), check_done=_holds("sample", "sample"),
    ),
    Command(
        "doctor --repair", _liqheat("doctor", "--repair"), "doctor", 2, good=(0, 1),
        prepare=_damage, check_done=_holds("doctor", "archive"),
    ),
    Command(
        "import brackets", lambda world: ["liqheat", "import", "brackets", str(world.folder / "brackets.csv")],
        "brackets", prepare=_new_lake("brackets"), check_killed=_brackets, check_done=_all_brackets,
    ),
    Command(
        "import liquidations", lambda world: ["liqheat", "import", "liquidations", str(world.folder / "totals.csv")],
        "totals", 2,
        prepare=_new_lake("totals"), check_killed=_readable("totals"), check_done=_holds("totals", "totals"),
    ),
    Command(
        "record", lambda world: ["python", str(HERE / "record_often.py"), str(world.lake("record")), world.stream.url],
        "record", 2, stops_after=5, check_killed=_none_lost, check_done=_all_taken_in,
    ),
    Command(
        "watch", _liqheat("watch", "BTCUSDT"), "watch", stops_after=20, environment=_watch_settings,
        check_killed=_readable("watch"), check_done=_watched,
    ),
    Command(
        "build", _liqheat("build"), "main", 4,
        prepare=_forget_build, check_killed=_published, check_done=_published,
    ),
    Command(
        "refresh", _liqheat("refresh"), "main", 3,
        prepare=_forget_build, check_killed=_published, check_done=_published,
    ),
    Command("publish", _publish, "main", 5, check_killed=_published, check_done=_published),
    Command(
        "docs", _liqheat("docs", "--no-open"), "main", 0.5,
        check_killed=_page_is_whole("main/published", "lineage.html"),
        check_done=_page_is_whole("main/published", "lineage.html"),
    ),
    Command(
        "export", lambda world: ["liqheat", "export", str(world.folder / "export" / "levels")], "export", 3,
        check_killed=_export_is_whole, check_done=_exported,
    ),
    Command(
        "report", lambda world: ["liqheat", "report", str(world.folder / "report" / "page.html")], "report",
        check_killed=_page_is_whole("report", "page.html"), check_done=_page_is_whole("report", "page.html"),
    ),
    Command(
        "validate", lambda world: ["liqheat", "validate", str(world.published), "--report",
                                   str(world.folder / "validate" / "page.html")],
        "validate", good=(0, 1),
        check_killed=_page_is_whole("validate", "page.html"), check_done=_page_is_whole("validate", "page.html"),
    ),
    Command("query", _liqheat("query", "sql", "from liquidation_heatmap", "--format", "csv"), "query", 2),
    Command("summary", _liqheat("summary"), "summary"),
    Command(
        "alerts", _liqheat("alerts", "--send"), "alerts", 4,
        environment=_alert_settings, prepare=_raise_alert, check_done=_told_of,
    ),
    Command(
        "app", lambda _: ["liqheat", "app", "--server.headless", "true", "--server.port", _a_port()], "app", 0.5,
        stops_after=6,
    ),
]  # fmt: skip
