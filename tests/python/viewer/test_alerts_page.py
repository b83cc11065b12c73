"""The page Alerts: what is open, who is told without addresses, and what was told."""

from __future__ import annotations

from pathlib import Path

import duckdb
import pytest
from streamlit.testing.v1 import AppTest

from conftest import ROOT
from liquidation_heatmap.quality.alerts import read_alerts
from liquidation_heatmap.quality.deliver import deliver
from liquidation_heatmap.quality.ledger import open_ledger
from liquidation_heatmap.quality.targets import targets_of
from liquidation_heatmap.settings import load_settings

TABLES = """
create table data_quality_alerts as
select
    alert_id, 'fail' as severity, 'binance' as venue, 'BADUSDT' as symbol, timestamp '2026-01-02' as raised_at,
    resolved_at, alert_id || ' found something' as message
from (values ('gap', null), ('old', timestamp '2026-01-05')) as alerts (alert_id, resolved_at);

create table price_near_zones as
select
    'binance' as venue, 'NEARUSDT' as symbol, 'ensemble' as model, timestamp '2026-01-03' as raised_at,
    'zone near' as message, 'zone' as alert_id, timestamp '2026-01-04' as as_of;

create table max_pain as
select 'binance' as venue, 'NEARUSDT' as symbol, 'ensemble' as model;
"""


@pytest.fixture(autouse=True)
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    with duckdb.connect(str(tmp_path / "published.duckdb")) as connection:
        connection.execute(TABLES)
    monkeypatch.setenv("LIQHEAT_PUBLISHED", str(tmp_path / "published.duckdb"))
    monkeypatch.setenv("LIQHEAT_ALERT_LEDGER", str(tmp_path / "ledger.sqlite"))
    for target in ("WEBHOOK", "EMAIL", "FILE"):
        monkeypatch.delenv(f"LIQHEAT_ALERT_{target}", raising=False)
    return tmp_path


def opened() -> AppTest:
    page = AppTest.from_file(str(ROOT / "streamlit_app" / "app_pages" / "alerts.py"), default_timeout=30).run()
    assert not page.exception
    return page


def test_what_is_open_is_a_table_of_all_symbols_and_nobody_is_told() -> None:
    page = opened()
    (table,) = page.dataframe
    assert list(table.value["symbol"]) == ["NEARUSDT", "BADUSDT"]
    assert any("Open now: 2" in text.value for text in page.markdown)
    assert "LIQHEAT_ALERT_WEBHOOK" in page.info[0].value
    assert any("Nothing yet" in text.value for text in page.caption)


def test_who_is_told_is_named_by_kind_and_what_was_told_is_shown(place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LIQHEAT_ALERT_WEBHOOK", "https://hooks.example.org/secret-key")
    monkeypatch.setenv("LIQHEAT_ALERT_FILE", str(place / "alerts.jsonl"))
    settings = load_settings()
    with duckdb.connect(str(place / "published.duckdb")) as connection, open_ledger(settings.alert_ledger) as ledger:
        assert len(list(deliver(read_alerts(connection, "ensemble"), targets_of(settings)[1:], ledger))) == 1
    page = opened()
    said = " ".join(text.value for text in page.markdown)
    assert "Webhook, file." in said
    told = page.dataframe[1].value
    assert list(told["target"]) == ["file", "file"]
    assert set(told["status"]) == {"sent"}
    everything = said + told.to_csv()
    assert "secret" not in everything
    assert str(place) not in everything


def test_without_alerts(place: Path) -> None:
    with duckdb.connect(str(place / "published.duckdb")) as connection:
        connection.execute("delete from data_quality_alerts")
        connection.execute("delete from price_near_zones")
    page = opened()
    assert "Nothing is wrong" in page.success[0].value
