"""How much of a file may be left out is stated for each dataset; cells of a column that no model reads never count."""

from __future__ import annotations

import csv
import re
from pathlib import Path

import pytest
from archive_builder import metrics, write_zip

from conftest import ROOT
from liquidation_heatmap.errors import LiqheatError
from liquidation_heatmap.lake import limits
from liquidation_heatmap.lake.datasets import DATASETS
from liquidation_heatmap.lake.ingest import ingest

DAY = "2024-01-01"
LABELS = [f"00:{minute:02}:00" for minute in range(5, 55, 5)]


def test_every_dataset_has_a_limit_and_no_other() -> None:
    with limits.LIMITS_FILE.open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    assert sorted(row["dataset"] for row in rows) == sorted(DATASETS)
    assert all(row["reason"] for row in rows)


@pytest.mark.parametrize(("bad", "is_taken"), [(0, True), (1, True), (5, True), (6, False), (10, False)])
def test_a_file_is_refused_above_the_share_only(tmp_path: Path, bad: int, is_taken: bool) -> None:
    rows = metrics(DAY, LABELS)
    write_zip(tmp_path, "metrics", DAY, [*(row.replace("10.5", "0") for row in rows[:bad]), *rows[bad:]])
    report = ingest([tmp_path / "data"], tmp_path / "lake", progress=False)
    assert bool(report.loaded) == is_taken
    assert report.rows == (len(rows) - bad if is_taken else 0)
    if not is_taken:
        assert f"({bad} of 10 rows cannot be used; metrics may lose 50%)" in report.quarantined[0].reason


@pytest.mark.parametrize("text", [None, "", "dataset\nmetrics\n", "dataset,max_dropped_share\nmetrics,2\n", "\0"])
def test_limits_that_cannot_be_read_are_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, text: str | None) -> None:
    file = tmp_path / "ingest_limits.csv"
    if text is not None:
        file.write_text(text)
    monkeypatch.setattr(limits, "LIMITS_FILE", file)
    limits._limits.cache_clear()
    try:
        with pytest.raises(LiqheatError, match="does not say how many rows"):
            limits.most_dropped_share("metrics")
    finally:
        limits._limits.cache_clear()


def test_a_column_that_no_model_names_is_not_needed() -> None:
    sql = "\n".join(file.read_text() for folder in ("models", "macros") for file in (ROOT / folder).rglob("*.sql"))
    unread = {
        (dataset.name, column.name)
        for dataset in DATASETS.values()
        for column in dataset.columns
        if not re.search(rf"\b{column.name}\b", sql)
    }
    assert ("metrics", "count_toptrader_long_short_ratio") in unread
    assert not [pair for pair in unread if any(c.is_needed for c in DATASETS[pair[0]].columns if c.name == pair[1])]
