"""Good files in other names, packings and checksum files are taken; wrong checksums are refused or accepted by hand."""

from __future__ import annotations

import hashlib
import zipfile
from pathlib import Path

import pytest
from archive_builder import agg_trades, klines, pack, table, write_zip
from click.testing import CliRunner

from liquidation_heatmap.cli import main
from liquidation_heatmap.lake.checksums import parse_checksums, stated_sha256
from liquidation_heatmap.lake.ingest import ingest

DAY = "2024-01-01"
NAME = f"BTCUSDT-aggTrades-{DAY}"
HASH = "HASH"
LINES = [
    "HASH  NAME\r\n",
    "HASH  data/futures/um/daily/aggTrades/BTCUSDT/NAME\n",
    "HASH *NAME\n",
    "HASH  ./NAME\n",
    "HASH\n",
    "\ufeffHASH  NAME\n",
    "SHA256 (NAME) = HASH\n",
    "SHA256(NAME)= HASH\n",
    "SHA2-256(./NAME)= HASH\n",
    "sha256:HASH\n",
    "NAME HASH\n",
    "NAME: HASH\n",
    "HASH\tNAME",
    "HASH  'NAME'\n",
    "HASH  C:\\archive\\NAME\r\n",
    "SHA256 hash of NAME:\r\nHASH\r\nCertUtil: -hashfile command completed successfully.\r\n",
    "\r\nAlgorithm       Hash       Path\r\n---------       ----       ----\r\nSHA256          HASH       C:\\NAME\r\n",
    f"{'1' * 64}  OTHER.zip\nHASH  NAME\n",
    "# made by a tool\n\nHASH  NAME\n",
    "HASH  NAME (1).zip\n",
]


@pytest.mark.parametrize("upper", [False, True])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-16"])
@pytest.mark.parametrize("text", LINES)
def test_a_digest_that_matches_is_a_match(tmp_path: Path, text: str, encoding: str, upper: bool) -> None:
    path = write_zip(tmp_path, "aggTrades", DAY, agg_trades(DAY))
    digest = hashlib.sha256(path.read_bytes()).hexdigest()
    written = text.replace("HASH", digest.upper() if upper else digest).replace("NAME", path.name)
    path.with_name(f"{path.name}.CHECKSUM").write_bytes(written.encode(encoding))
    assert ingest([tmp_path / "data"], tmp_path / "lake", progress=False).loaded == 1


@pytest.mark.parametrize(
    "name", [f"{NAME}.zip", "币安人生USDT-aggTrades-2025-11-01.zip", "ÄUSDT-trades-2025-11-01.zip"]
)
def test_the_digest_for_a_name(name: str) -> None:
    lines = f"{'1' * 64}  OTHER.zip\n{'2' * 64}  data/{name}\n".encode()
    assert stated_sha256(lines, name) == "2" * 64
    assert stated_sha256(lines, "THIRD.zip") is None
    assert stated_sha256(f"{'3' * 64}\n".encode(), name) == "3" * 64
    assert stated_sha256(f"{'3' * 64}\n{'4' * 64}\n".encode(), name) is None
    assert stated_sha256(b"<html>" + b"5" * 63, name) is None
    # A name in an unknown encoding is ignored.
    [line] = parse_checksums(f"{'2' * 64}  {name}".encode("gb18030"))
    assert line.name == (name if name.isascii() else None)


@pytest.mark.parametrize("suffix", [".CHECKSUM", ".checksum", ".sha256", ".SHA256"])
def test_a_wrong_checksum_is_refused_until_somebody_has_looked(tmp_path: Path, suffix: str) -> None:
    lake = tmp_path / "lake"
    path = write_zip(tmp_path, "aggTrades", DAY, agg_trades(DAY))
    beside = path.with_name(f"{path.name}{suffix}")
    beside.write_text(f"{'a' * 64}  {path.name}\n")

    [bad] = ingest([path], lake, progress=False).quarantined
    assert "the checksum differs" in bad.reason
    assert "--accept-checksum" in bad.remedy

    assert ingest([], lake, accept_checksums=[path], progress=False).loaded == 1
    [file] = table(lake, "files")
    assert (file["status"], file["accepted_checksum"]) == ("loaded", "a" * 64)
    # The acceptance is remembered for this content,
    assert ingest([path], lake, progress=False).unchanged == 1
    assert table(lake, "files")[0]["accepted_checksum"] == "a" * 64

    # for no other content,
    path.unlink()
    changed = write_zip(tmp_path, "aggTrades", DAY, agg_trades(DAY, 7))
    assert len(ingest([changed], lake, progress=False).quarantined) == 1
    # and no longer once the archive has corrected its checksum.
    beside.write_text(f"{hashlib.sha256(changed.read_bytes()).hexdigest()}  {path.name}\n")
    assert ingest([changed], lake, progress=False).loaded == 1
    assert table(lake, "files")[0]["accepted_checksum"] is None


def csv_text() -> str:
    return "\n".join(agg_trades(DAY)) + "\n"


def with_members(path: Path, **members: str) -> None:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, text in members.items():
            archive.writestr(name, text)


@pytest.mark.parametrize(
    "members",
    [
        {f"{NAME}.csv": "", f"__MACOSX/._{NAME}.csv": "x"},
        {f"BTCUSDT/{NAME}.csv": ""},
        {f"data/futures/um/{NAME}.csv": ""},
        {f"BTCUSDT\\{NAME}.csv": ""},
        {f"./{NAME}.csv": ""},
        {f"{NAME.lower()}.csv": ""},
        {f"{NAME.upper()}.CSV": ""},
        {f"{NAME}.csv": "", ".DS_Store": "x", "Thumbs.db": "x"},
        {f"{NAME}.csv": "", f"{NAME}.zip.CHECKSUM": "x"},
        {"BTCUSDT/": "", f"BTCUSDT/{NAME}.csv": "", "README.txt": "repacked"},
    ],
)
def test_a_repacked_zip_is_taken(tmp_path: Path, members: dict[str, str]) -> None:
    path = write_zip(tmp_path, "aggTrades", DAY, [])
    with_members(path, **{name: text or ("" if name.endswith("/") else csv_text()) for name, text in members.items()})
    assert ingest([tmp_path / "data"], tmp_path / "lake", progress=False).rows == 5


@pytest.mark.parametrize("packing", [zipfile.ZIP_STORED, zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA])
def test_other_packings(tmp_path: Path, packing: int) -> None:
    path = write_zip(tmp_path, "aggTrades", DAY, [])
    with zipfile.ZipFile(path, "w", packing) as archive:
        archive.writestr(f"{NAME}.csv", csv_text())
    assert ingest([tmp_path / "data"], tmp_path / "lake", progress=False).rows == 5
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 0x10
    path.write_bytes(bytes(content))
    assert len(ingest([tmp_path / "data"], tmp_path / "lake", progress=False).quarantined) == 1


@pytest.mark.parametrize("mark", ["\ufeff", "\n", "\r\n"])
@pytest.mark.parametrize("ends", ["\n", "\r\n"])
@pytest.mark.parametrize(
    "header", ["", "Agg_Trade_ID, Price,quantity,first trade id,last_trade_id,TRANSACT_TIME,is_buyer_maker"]
)
def test_a_csv_saved_by_another_program(tmp_path: Path, mark: str, ends: str, header: str) -> None:
    path = write_zip(tmp_path, "aggTrades", DAY, [])
    lines = [*([header] if header else []), *agg_trades(DAY)]
    pack(path, f"{NAME}.csv", mark + ends.join(lines) + ends)
    report = ingest([tmp_path / "data"], tmp_path / "lake", progress=False)
    assert (report.rows, report.left_out) == (5, [])


def test_quoted_cells(tmp_path: Path) -> None:
    rows = [",".join(f'"{cell}"' for cell in row.split(",")) for row in agg_trades(DAY)]
    write_zip(tmp_path, "aggTrades", DAY, [*rows[:3], rows[3].replace('"100.5"', '"x"'), rows[4]])
    report = ingest([tmp_path / "data"], tmp_path / "lake", progress=False)
    assert (report.rows, [lossy.by_reason.popitem()[1] for lossy in report.left_out]) == (4, [1])


def test_a_symbol_in_small_letters_is_the_same_symbol(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LIQHEAT_LAKE", str(tmp_path / "lake"))
    write_zip(tmp_path, "aggTrades", DAY, agg_trades(DAY))
    write_zip(tmp_path, "aggTrades", DAY, agg_trades(DAY, 3), symbol="btcusdt")
    write_zip(tmp_path, "klines", DAY, klines(DAY), symbol="btcusdt", interval="1m")
    done = CliRunner().invoke(main, ["ingest", str(tmp_path / "data")])
    assert done.exit_code == 0
    assert "taken as BTCUSDT" in done.output
    assert "is the same file of the archive as" in done.output
    assert {row["symbol"] for row in table(tmp_path / "lake", "partitions")} == {"BTCUSDT"}
    assert sorted(row["row_count"] for row in table(tmp_path / "lake", "files")) == [3, 5]


def test_coin_margined_contracts_in_a_flat_folder(tmp_path: Path) -> None:
    flat = tmp_path / "flat"
    flat.mkdir()
    write_zip(tmp_path, "aggTrades", DAY, agg_trades(DAY), symbol="BTCUSD_PERP").rename(
        flat / f"BTCUSD_PERP-aggTrades-{DAY}.zip"
    )
    write_zip(tmp_path, "aggTrades", DAY, agg_trades(DAY)).rename(flat / f"{NAME}.zip")
    report = ingest([flat], tmp_path / "lake", market="um", progress=False)
    assert report.loaded == 1
    assert [("coin-margined" in reason) for _, reason in report.skipped] == [True]
