"""A page's address that asks for what the page does not have: it says so and links to the nearest."""

from __future__ import annotations

from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from conftest import ROOT, Workspace

PAGES = ROOT / "streamlit_app" / "app_pages"


@pytest.fixture(autouse=True)
def reads_the_sample(sample: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LIQHEAT_PUBLISHED", str(sample.published))


def opened(page: str, **address: str) -> AppTest:
    test = AppTest.from_file(str(Path(PAGES) / f"{page}.py"), default_timeout=60)
    for key, value in address.items():
        test.query_params[key] = value
    return test.run()


@pytest.mark.parametrize(
    ("page", "key", "wrong", "nearest"),
    [
        ("heatmap", "symbol", "SIMULATEDUSD", "SIMULATEDUSDT"),
        ("heatmap", "venue", "binanc", "binance"),
        ("heatmap", "symbol", "simulatedusdt", "SIMULATEDUSDT"),
        ("liquidation_map", "model", "ensembel", "ensemble"),
        ("heatmap", "range", "300d", "30d"),
        ("heatmap", "side", "long", "longs"),
        ("heatmap", "span", "10%", "10+%25"),
        ("heatmap", "leverage", "over 21x", "over+20x"),
        ("heatmap", "threshold", "7", "0.95"),
        ("heatmap", "colours", "viridis", ""),
        ("heatmap", "bar", "1h", "1+h"),
        ("heatmap", "below", "fundings", "funding"),
        ("heatmap", "compare", "ensembel", "ensemble"),
        ("heatmap", "comparison", "both", "other"),
        ("liquidation_map", "within", "21 %", "20+%25"),
        ("zones", "side", "shrts", "shorts"),
        ("history", "range", "week", ""),
        ("open_interest", "symbol", "BTC", ""),
        ("margin", "margin_mode", "crossed", "cross"),
        ("margin", "margin_leverage", "many", "1"),
        ("quality", "since", "29d", "90d"),
        ("quality", "dataset", "bar", "bars"),
        ("scores", "colours", "colour blind safe", "colour-blind+safe"),
    ],
)
def test_what_a_page_does_not_have_is_said_to_be_wrong(page: str, key: str, wrong: str, nearest: str) -> None:
    test = opened(page, **{key: wrong})
    (error,) = test.exception
    assert wrong in error.message.replace("\\", "")
    assert f"{key}={nearest}" in error.message
    assert not test.get("plotly_chart"), "nothing else is shown in its place"
    assert not test.get("bidi_component")


def test_a_choice_made_on_the_page_is_not_an_address() -> None:
    test = opened("liquidation_map", model="open_interest")
    assert not test.exception
    test.selectbox(key="model").select("ensemble").run()
    assert not test.exception
