"""The chance that more than an amount is liquidated, on the page Liquidation map, with how such chances have held."""

from __future__ import annotations

import pytest
from streamlit.testing.v1 import AppTest

from conftest import ROOT, Workspace

pytestmark = pytest.mark.slow


def test_chances_are_those_of_the_function_and_lead_to_their_scores(
    whole_sample: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LIQHEAT_PUBLISHED", str(whole_sample.published))
    page = AppTest.from_file(str(ROOT / "streamlit_app" / "app_pages" / "liquidation_map.py"), default_timeout=60)
    page.run()
    assert not page.exception
    chances = dict(
        whole_sample.query(
            "select side, max(chance) from at_risk_curve('SIMULATEDUSDT', more_than := 1e6) "
            "where is_reached(side, distance_pct, 5) group by side"
        )
    )
    assert chances["long"] > 0
    said = [caption.value for caption in page.caption if "Chance of more than 1.00 M" in caption.value]
    assert len(said) == 3, "moves of 1, 2 and 5 percent"
    assert f"{chances['long']:.0%} below, {chances['short']:.0%} above" in said[-1]
    assert any("(scores?venue=binance&symbol=SIMULATEDUSDT)" in caption.value for caption in page.caption)
