"""Numbers as people write them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from liquidation_heatmap.human import coins, money, price


@pytest.mark.parametrize(
    ("value", "written"),
    [
        (62450.0, "62,450"),
        (52123.5, "52,123.5"),
        (0.0000679, "0.0000679"),
        (1e8, "100,000,000"),
        (0.0, "0"),
        (1 / 3, "0.33333333"),
    ],
)
def test_prices(value: float, written: str) -> None:
    assert price(value) == written


@given(st.floats(1e-9, 1e12))
def test_a_written_price_is_the_price(value: float) -> None:
    written = price(value)
    assert "e" not in written
    assert float(written.replace(",", "")) == pytest.approx(value, rel=1e-7)


@pytest.mark.parametrize(
    ("value", "written"),
    [
        (0.0, "0.00"),
        (999.0, "999.00"),
        (8360.0, "8.36 k"),
        (-5.095e7, "-50.95 M"),
        (9.01e9, "9.01 B"),
        (1.5e13, "15.00 T"),
        (0.006, "0.01"),
        (0.000123, "0.0001"),
        (-1e-8, "-0.00000001"),
    ],
)
def test_amounts(value: float, written: str) -> None:
    assert money(value) == written


@pytest.mark.parametrize(
    ("value", "written"),
    [
        (265157040972.0, "265,157,040,972"),
        (947.9, "948"),
        (12.345, "12.3"),
        (0.04123, "0.0412"),
        (1e-8, "0.00000001"),
        (0.0, "0"),
    ],
)
def test_quantities(value: float, written: str) -> None:
    assert coins(value) == written


@given(st.floats(1e-9, 1e15))
def test_nothing_that_is_something_is_written_as_nothing(value: float) -> None:
    for written in (money(value), coins(value), price(value)):
        assert any(digit in written for digit in "123456789")
