"""The site of files: what is written, that it shows what the viewer shows, and that it needs a file server alone."""

from __future__ import annotations

import hashlib
import json
import re
import shutil
from base64 import b64encode
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import duckdb
import numpy as np
import pandas as pd
import pytest
from canvas_page import attribute, choices, header, looked_at, ready, zoom
from playwright.sync_api import Page, expect
from serving import CHROMIUM, quiet
from site_server import cut_off, file_server, site_of, with_second_symbol

import liquidation_heatmap.site.write as writing
from conftest import ROOT, Workspace
from liquidation_heatmap.canvas.blob import pack, unpack
from liquidation_heatmap.canvas.cells import Scale, decode, summed_along_time
from liquidation_heatmap.canvas.drawn import blob_of, drawn_of
from liquidation_heatmap.canvas.grid import make_grid
from liquidation_heatmap.canvas.picture import Contents, book_arrays, picture_blob
from liquidation_heatmap.canvas.reader import ConnectionReader
from liquidation_heatmap.canvas.times import RANGES, column_lengths
from liquidation_heatmap.market import Market
from liquidation_heatmap.published import open_published
from liquidation_heatmap.site.pictures import NO_LEVELS, NO_ZONES, book_of

in_browser = pytest.mark.skipif(CHROMIUM is None, reason="no Chromium on this machine")
CANVAS = ROOT / "python" / "liquidation_heatmap" / "canvas"


def files_of(folder: Path) -> dict[str, int]:
    """Files and their times of change; the lock is not of the site."""
    return {
        file.relative_to(folder).as_posix(): file.stat().st_mtime_ns
        for file in folder.rglob("*")
        if file.is_file() and not file.name.startswith(".liqheat-")
    }


def index_of(folder: Path) -> dict[str, Any]:
    return json.loads((folder / "index.json").read_bytes())


def listings(folder: Path) -> Iterator[dict[str, Any]]:
    for market in index_of(folder)["markets"]:
        for model in market["models"]:
            yield json.loads((folder / "data" / model["listing"]).read_bytes())


@pytest.fixture(scope="module")
def site(sample: Workspace, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("site")
    site_of(sample.published, folder)
    return folder


def test_index_and_listings_name_every_file_with_its_checksum(site: Path) -> None:
    index = index_of(site)
    named = dict(index["files"])
    for market in index["markets"]:
        for model in market["models"]:
            named[f"data/{model['listing']}"] = model["listing"].split(".")[-2]
    for listing in listings(site):
        assert list(listing["days"]) == ["2026-01-01", "2026-01-02", "2026-01-03"]
        for name in (listing["newest"], *listing["days"].values()):
            named[f"data/{name}"] = name.split(".")[-2]
    assert set(files_of(site)) == {"index.json", *named}
    for name, checksum in named.items():
        assert len(checksum) in (16, 64)
        assert hashlib.sha256((site / name).read_bytes()).hexdigest().startswith(checksum)
    [market] = index["markets"]
    assert market["asOf"] == datetime(2026, 1, 4).timestamp() - datetime(1970, 1, 1).timestamp()
    assert market["symbol"] == "SIMULATEDUSDT"
    assert market["models"][0]["model"] == "ensemble"


def test_the_canvas_is_that_of_the_viewer_with_its_licence(site: Path) -> None:
    [folder] = site.glob("canvas-*")
    for file in CANVAS.rglob("*"):
        if file.is_file() and file.suffix not in (".py", ".pyc"):
            assert (folder / file.relative_to(CANVAS)).read_bytes() == file.read_bytes()
    assert {"LICENSE", "NOTICE"} <= {file.name for file in (folder / "vendor").iterdir()}
    page = (site / "index.html").read_text()
    assert (CANVAS / "canvas.html").read_text() in page
    assert "{{" not in page
    assert f'src="{folder.name}/site.js"' in page


def test_a_second_run_writes_nothing(site: Path, sample: Workspace) -> None:
    before = files_of(site)
    done = site_of(sample.published, site)
    assert (done.markets, done.written, done.removed) == (1, 0, 0)
    assert files_of(site) == before


def test_a_day_more_or_less_changes_what_it_must(sample: Workspace, tmp_path: Path) -> None:
    shorter = tmp_path / "shorter.duckdb"
    shutil.copy(sample.published, shorter)
    cut_off(shorter, "2026-01-03")
    folder = tmp_path / "site"
    site_of(shorter, folder)
    before, old = files_of(folder), list(listings(folder))
    assert [list(listing["days"]) for listing in old] == [["2026-01-01", "2026-01-02"]] * len(old)
    done = site_of(sample.published, folder)
    new = list(listings(folder))
    for one, other in zip(old, new, strict=True):
        assert list(other["days"]) == ["2026-01-01", "2026-01-02", "2026-01-03"]
        assert {day: other["days"][day] for day in one["days"]} == one["days"]
    kept = {name: changed for name, changed in before.items() if "/2026-01-0" in name or name.startswith("canvas-")}
    after = files_of(folder)
    assert kept.items() <= after.items()
    assert len(kept) > 30
    # A day, the newest book and the listing of each model; the scores may differ.
    assert len(set(after) - set(before)) == 3 * len(new)
    assert done.written in (3 * len(new), 3 * len(new) + 1)
    done = site_of(shorter, folder)
    assert done.removed == 3 * len(new)
    assert set(files_of(folder)) == set(before)


def test_a_day_is_packed_again_only_where_its_rows_have_changed(
    sample: Workspace, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    published, folder = tmp_path / "published.duckdb", tmp_path / "site"
    shutil.copy(sample.published, published)
    site_of(published, folder)
    packed = []
    of_day = writing.day_blob
    monkeypatch.setattr(
        writing, "day_blob", lambda reader, book, day: packed.append((book.model, day.day)) or of_day(reader, book, day)
    )
    site_of(published, folder)
    assert packed == []
    with duckdb.connect(str(published)) as connection:
        connection.execute(
            "update liquidation_history set swept_quote = swept_quote + 1 where model = 'open_interest' "
            "and bar_at = '2026-01-02 12:00:00'"
        )
    site_of(published, folder)
    assert packed == [("open_interest", 2)]
    with duckdb.connect(str(published)) as connection:
        connection.execute("update price_bars set mark_high = mark_high + 1 where bar_at = '2026-01-01 12:00:00'")
    site_of(published, folder)
    assert set(packed[1:]) == {(model["model"], 1) for model in index_of(folder)["markets"][0]["models"]}


@pytest.fixture
def quiet_page(page: Page) -> Iterator[Page]:
    page.set_viewport_size({"width": 1280, "height": 800})
    with quiet(page) as watched:
        yield watched


# How far a joined picture is from one that was packed as a whole: cells, candles, marks and what lies below.
COMPARED = """async ([modules, packed]) => {
    const { Picture } = await import(modules + '/picture.js');
    const bytes = Uint8Array.from(atob(packed), letter => letter.charCodeAt(0));
    const whole = await Picture.of(bytes);
    const joined = document.querySelector('.canvas').chart.picture;
    const off = (one, other) =>
        one === other || (Number.isNaN(one) && Number.isNaN(other)) ? 0 : Math.abs(one - other) / Math.abs(other);
    const farthest = (ones, others) => {
        if (ones.length !== others.length) return Infinity;
        let most = 0;
        ones.forEach((one, at) => {
            const far = off(one, others[at]);
            most = Math.max(most, Number.isNaN(far) ? Infinity : far);
        });
        return most;
    };
    const { codes } = whole.arrays;
    let cells = 0, different = 0, mostOff = 0;
    codes.forEach((code, at) => {
        const [one, other] = [joined.amounts[joined.arrays.codes[at]], whole.amounts[code]];
        // A cent is nothing, and what is less than a millionth of the largest is not told apart.
        if (Math.max(one, other) < 1e-5 * whole.header.scale.high) return;
        cells++;
        if (Boolean(code & 4096) !== Boolean(joined.arrays.codes[at] & 4096)) different++;
        mostOff = Math.max(mostOff, off(one, other));
    });
    const arrays = Object.keys(whole.arrays).filter(name => name !== 'codes');
    return {
        cells, different, mostOff, shapes: [joined.header.shape, whole.header.shape],
        equal: ['groups', 'unit', 'mark', 'asOf', 'palettes'].map(name => [joined, whole].map(({ header }) =>
            JSON.stringify(header[name]))),
        near: ['time', 'bars', 'price'].map(name => [joined.header[name], whole.header[name]]),
        labels: [joined.header.label, whole.header.label], scopes: [joined.header.scope, whole.header.scope],
        arrays: Object.fromEntries(arrays.map(name => [name, farthest(joined.arrays[name], whole.arrays[name])])),
        colours: [joined.colours, whole.colours],
    };
}"""


def viewers_blob(published: Path, model: str, when: str | tuple[datetime, datetime]) -> bytes:
    """What the viewer sends of a range, or of a time."""
    with open_published(published) as connection:
        reader = ConnectionReader(connection)
        market = Market({str(name): value for name, value in reader.rows("symbols").to_dict("records")[0].items()})
        book = book_of(reader, market, model)
        assert book
        first = book.extent["first_column_at"]
        if isinstance(when, str):
            chosen, (start, end) = when, (max(first, market.as_of - RANGES[when]), market.as_of)
        else:
            start, end = max(first, when[0]), min(when[1], market.as_of)
            chosen = f"custom/{when[0]:%Y-%m-%d}/{when[1] - timedelta(days=1):%Y-%m-%d}"
        lengths = column_lengths(book.extent, start)
        drawn = drawn_of(reader, market, model, (start, end), lengths, book.groups_now, chosen)
        assert drawn
        return blob_of(reader, "build", drawn, {})


def compared(page: Page, address: str, blob: bytes) -> dict[str, Any]:
    modules = page.locator("script[type=module]").get_attribute("src").rsplit("/", 1)[0]
    return page.evaluate(COMPARED, [f"{address}/{modules}", b64encode(blob).decode()])


def assert_equal(found: dict[str, Any]) -> None:
    assert found["shapes"][0] == found["shapes"][1]
    for one, other in found["equal"]:
        assert one == other
    for one, other in found["near"]:
        assert one == pytest.approx(other)
    assert found["labels"][0] == found["labels"][1]
    assert found["scopes"][0] == found["scopes"][1]
    assert found["cells"] > 1000
    assert found["different"] == 0
    # A code is a third of a percent, and all codes lie on the same steps.
    assert found["mostOff"] < 1e-5
    for name, off in found["arrays"].items():
        assert off < 1e-9, name
    assert found["colours"][0] == pytest.approx(found["colours"][1], rel=1e-5)


@in_browser
@pytest.mark.slow
@pytest.mark.parametrize(
    ("asked", "when"),
    [
        ("range=3d", "3d"),
        ("range=7d", "7d"),
        ("range=12h", "12h"),
        ("range=custom&days=2026-01-02&days=2026-01-02", (datetime(2026, 1, 2), datetime(2026, 1, 3))),
    ],
)
@pytest.mark.parametrize("model", ["ensemble", "position_lifecycle"])
def test_days_joined_are_the_picture_of_the_viewer(
    quiet_page: Page, site: Path, sample: Workspace, model: str, asked: str, when: Any
) -> None:
    with file_server(site) as address:
        open_site(quiet_page, f"{address}/?model={model}&{asked}")
        assert_equal(compared(quiet_page, address, viewers_blob(sample.published, model, when)))


@in_browser
@pytest.mark.slow
@pytest.mark.parametrize("when", ["7d", "30d"])
def test_days_with_columns_of_an_hour_are_joined_too(
    quiet_page: Page, whole_sample: Workspace, tmp_path: Path, when: str
) -> None:
    site_of(whole_sample.published, tmp_path)
    with file_server(tmp_path) as address:
        open_site(quiet_page, f"{address}/?model=ensemble&range={when}")
        assert_equal(compared(quiet_page, address, viewers_blob(whole_sample.published, "ensemble", when)))


def days_of_two_widths() -> tuple[list[bytes], bytes, bytes]:
    """Two days whose rows are one and two wide, a newest book, and the picture of both, all with the same cells."""
    rng = np.random.default_rng(7)
    start = datetime(2026, 1, 1)
    groups = {"up to 5x": 0, "over 20x": 3}

    def packed(first: datetime, days: int, prices: tuple[float, float], widths: list[float], cells: Any) -> bytes:
        grid = make_grid(first, first + timedelta(days=days), 60, prices, widths, 1400)
        hours = [first + timedelta(hours=hour) for hour in range(24 * days)]
        low, high = prices[0] / 0.6, prices[1] / 1.4
        candles = pd.DataFrame({"candle_at": hours, "mark_open": low, "mark_high": high, "mark_low": low})
        candles = candles.assign(mark_close=high, volume_quote=1.0)
        bars = pd.DataFrame({"candle_at": pd.to_datetime([]), "side": [], "swept_quote": [], "realised_quote": []})
        other = pd.DataFrame({"candle_at": hours, "open_interest_coins": 1.0})
        funding = pd.DataFrame({"funding_at": pd.to_datetime([]), "rate": []})
        contents = Contents(candles, NO_LEVELS, NO_ZONES, bars.assign(price=[]), bars, other, funding)
        column, at, group, amount = cells
        placed = {
            "column_number": column, "row_number": np.floor((at - grid.price_from) / grid.step).astype(int),
            "group_number": group, "amount": amount,
        }  # fmt: skip
        return picture_blob(grid, placed, groups, contents, 60, {"mark": 1.0, "realisedIn": "bars"})

    def random(columns: int, prices: tuple[float, float]) -> Any:
        count = 4000
        at = np.floor(rng.uniform(*prices, count)) + 0.5
        amount = rng.uniform(1, 1e6, count) * np.where(at < sum(prices) / 2, -1, 1)
        return rng.integers(0, columns, count), at, rng.integers(0, 2, count), amount

    one, other = random(24, (61.0, 139.0)), random(24, (181.0, 419.0))
    both = [
        np.concatenate([first, second + 24 * (part == 0)])
        for part, (first, second) in enumerate(zip(one, other, strict=True))
    ]
    days = [
        packed(start, 1, (60.0, 140.0), [1.0], one),
        packed(start + timedelta(days=1), 1, (180.0, 420.0), [2.0], other),
    ]
    newest = pack({"groups": list(groups), "unit": "USDT", "mark": 1.0}, book_arrays(NO_LEVELS, NO_ZONES, list(groups)))
    return days, newest, packed(start, 2, (60.0, 420.0), [1.0, 2.0], both)


JOINED = """async ([modules, days, newest]) => {
    const { unpack } = await import(modules + '/blob.js');
    const { amountsOfCodes, sumAlongTime } = await import(modules + '/cells.js');
    const { join } = await import(modules + '/join.js');
    const unpacked = await Promise.all([...days, newest].map(packed =>
        unpack(Uint8Array.from(atob(packed), letter => letter.charCodeAt(0)))));
    const last = unpacked.pop();
    for (const { header, arrays } of unpacked) sumAlongTime(arrays.codes, header.shape.columns);
    const time = { from: unpacked[0].header.time.from, minutes: 60, columns: 48, barMinutes: 60 };
    const { header, arrays } = join(unpacked, last, time, { rows: 1400, beyond: 0.4 });
    const amounts = amountsOfCodes(header.scale, 'both');
    return { header, amounts: Array.from(arrays.codes, code => (code & 4096 ? 1 : -1) * amounts[code]) };
}"""


@in_browser
@pytest.mark.slow
def test_rows_of_days_with_other_widths_are_added_up(quiet_page: Page, site: Path) -> None:
    days, newest, whole = days_of_two_widths()
    with file_server(site) as address:
        open_site(quiet_page, address)
        modules = f"{address}/{quiet_page.locator('script[type=module]').get_attribute('src').rsplit('/', 1)[0]}"
        found = quiet_page.evaluate(
            JOINED, [modules, [b64encode(day).decode() for day in days], b64encode(newest).decode()]
        )
    expected, arrays = unpack(whole)
    assert [unpack(day)[0]["price"]["step"] for day in days] == [1, 2]
    assert found["header"]["price"] == pytest.approx(expected["price"])
    assert found["header"]["shape"] == expected["shape"]
    shape = (2, expected["shape"]["rows"], expected["shape"]["columns"])
    amounts = decode(summed_along_time(arrays["codes"].reshape(shape)), Scale(**expected["scale"]))
    joined = np.array(found["amounts"]).reshape(shape)
    assert np.count_nonzero(amounts) > 4000
    assert ((joined == 0) == (amounts == 0)).all()
    filled = amounts != 0
    # Parts and their sum are rounded to a code each: a third of a percent.
    assert np.abs(joined[filled] / amounts[filled] - 1).max() < 0.0035


def open_site(page: Page, address: str) -> None:
    page.goto(address)
    ready(page)


@in_browser
@pytest.mark.slow
def test_the_page_says_what_and_how_old_it_shows(quiet_page: Page, site: Path) -> None:
    with file_server(site) as address:
        open_site(quiet_page, address)
        expect(quiet_page.locator("#age")).to_have_text(
            re.compile(r"^as of 4 Jan 2026 00:00 UTC, [\d,]+ days ago: stale, nothing newer is here$")
        )
        expect(quiet_page.get_by_text("Simulated market")).to_be_visible()
        expect(quiet_page.locator("#said")).to_contain_text("Largest wall above: shorts, ")
        picture = quiet_page.get_by_role("img")
        assert picture.get_attribute("aria-label").startswith(
            "Liquidation heatmap of SIMULATEDUSDT from 2026-01-01 01:00 UTC"
        )
        assert "symbol=SIMULATEDUSDT" in quiet_page.url
        quiet_page.get_by_role("link", name="Model scores").click()
        expect(quiet_page.get_by_role("heading", name="How good the liquidation levels are")).to_be_visible()
        quiet_page.get_by_role("link", name="Liquidation heatmap").click()
        ready(quiet_page)


@in_browser
@pytest.mark.slow
def test_zoom_and_choices_are_in_the_link(quiet_page: Page, site: Path) -> None:
    with file_server(site) as address:
        open_site(quiet_page, f"{address}/?range=24h&model=open_interest")
        zoom(quiet_page)
        quiet_page.get_by_role("group", name="Picture").get_by_label("Side").select_option("shorts")
        quiet_page.wait_for_timeout(500)
        before, link = looked_at(quiet_page), quiet_page.url
        for part in ("view=", "side=shorts", "range=24h", "model=open_interest", "symbol=SIMULATEDUSDT"):
            assert part in link
        quiet_page.reload()
        ready(quiet_page)
        assert looked_at(quiet_page) == pytest.approx(before, rel=1e-4)
        assert choices(quiet_page)["side"] == "shorts"
        # Another model is looked at in the same place, another range as a whole.
        quiet_page.get_by_role("combobox", name="Model").select_option("ensemble")
        expect(quiet_page.locator(".canvas")).to_have_attribute("data-build", re.compile("ensemble"))
        quiet_page.wait_for_timeout(300)
        assert looked_at(quiet_page) == pytest.approx(before, rel=1e-4)
        quiet_page.get_by_role("combobox", name="Range").select_option("3d")
        expect(quiet_page.locator(".canvas")).to_have_attribute("data-view", "")
        assert "range=3d" in quiet_page.url


@in_browser
@pytest.mark.slow
def test_keys_move_the_picture(quiet_page: Page, site: Path) -> None:
    with file_server(site) as address:
        open_site(quiet_page, address)
        before = looked_at(quiet_page)
        quiet_page.locator(".plot").focus()
        quiet_page.keyboard.press("ArrowLeft")
        quiet_page.wait_for_timeout(500)
        assert looked_at(quiet_page)[0] < before[0]
        assert "view=" in quiet_page.url


@in_browser
@pytest.mark.slow
def test_another_symbol_another_build_and_what_there_is_not(page: Page, sample: Workspace, tmp_path: Path) -> None:
    published, folder = tmp_path / "published.duckdb", tmp_path / "site"
    shutil.copy(sample.published, published)
    with_second_symbol(published, "OTHERUSDT")
    site_of(published, folder)
    with file_server(folder) as address:
        open_site(page, f"{address}/?range=custom&days=2026-01-01&days=2026-01-02")
        assert header(page)["symbol"] == "SIMULATEDUSDT"
        page.get_by_role("combobox", name="Symbol").select_option("OTHERUSDT")
        expect(page.locator(".canvas")).to_have_attribute("data-build", re.compile("OTHERUSDT"))
        assert header(page)["symbol"] == "OTHERUSDT"
        assert "symbol=OTHERUSDT" in page.url
        assert "days=2026-01-01&days=2026-01-02" in page.url
        assert attribute(page, "columns") == str(47 * 12)
        # A build that the page has not seen has taken the place of what it would fetch.
        cut_off(published, "2026-01-03")
        site_of(published, folder)
        page.get_by_role("combobox", name="Model").select_option("open_interest")
        expect(page.locator(".canvas")).to_have_attribute("data-build", re.compile("open_interest"))
        expect(page.locator("#age")).to_contain_text("as of 3 Jan 2026 00:00 UTC")
        # A new build is looked for when the page is looked at.
        site_of(sample.published, folder)
        page.goto(f"{address}/?symbol=SIMULATEDUSDT&range=12h")
        ready(page)
        first = header(page)["time"]["from"]
        cut = tmp_path / "cut.duckdb"
        shutil.copy(sample.published, cut)
        cut_off(cut, "2026-01-03")
        site_of(cut, folder)
        page.evaluate("document.dispatchEvent(new Event('visibilitychange'))")
        page.wait_for_function(
            "from => document.querySelector('.canvas').chart.picture.header.time.from < from", arg=first
        )
        for asked, said in (
            ("symbol=NOUSDT", "There is no symbol NOUSDT here. There are SIMULATEDUSDT."),
            ("range=5y", "There is no range 5y here. There are 12h, 24h, 3d, 7d, 30d, 90d, custom."),
        ):
            page.goto(f"{address}/?{asked}")
            expect(page.get_by_role("status").filter(has_text="There is no")).to_have_text(said)
        page.get_by_role("combobox", name="Range").select_option("12h")
        ready(page)


@in_browser
@pytest.mark.slow
def test_a_phone_has_the_picture_first_and_does_not_scroll_sideways(page: Page, site: Path) -> None:
    page.set_viewport_size({"width": 390, "height": 844})
    with quiet(page), file_server(site) as address:
        open_site(page, address)
        box = page.locator(".plot").bounding_box()
        assert box
        assert box["y"] < 100
        assert box["width"] > 350
        assert page.evaluate("document.documentElement.scrollWidth") <= 390
        assert page.get_by_role("combobox", name="Symbol").bounding_box()["y"] > box["y"] + box["height"]
        expect(page.locator("#age")).to_be_in_viewport()


def test_the_command_says_what_it_did(sample: Workspace, tmp_path: Path) -> None:
    said = sample.run("liqheat", "site", str(tmp_path / "site"))
    assert "1 markets, 18 days of models; " in said
    assert " 0 removed" in said
    assert (tmp_path / "site" / "index.html").exists()
    (tmp_path / "other").mkdir()
    (tmp_path / "other" / "notes.txt").touch()
    refused = sample.run("liqheat", "site", str(tmp_path / "other"), status=1)
    assert "has files that this command has not written (notes.txt): left as it is." in refused
    assert "What to do: Name an empty folder" in refused
