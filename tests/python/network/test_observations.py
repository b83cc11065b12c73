"""What was heard, and in which time: only in observed time does silence mean that nothing was liquidated."""

from __future__ import annotations

import csv
import json
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from stream_server import MINUTE, contract, kline, mark, order

from liquidation_heatmap.network.observations import (
    BARS,
    COVERAGE,
    ORDERS,
    TRADED_BARS,
    Contracts,
    Market,
    Observations,
)

START = 1_700_000_040_000  # A whole minute has been heard.
REFERENCE = Path(__file__).parents[4] / "shared" / "data" / "reference"
SAMPLES = Path(__file__).parents[4] / "shared" / "data" / "api_samples" / "jkorf"


def heard(messages: list[str], symbols: tuple[str, ...] = ("BTCUSDT",)) -> dict[str, list[tuple[object, ...]]]:
    observations = Observations(symbols)
    for message in messages:
        observations.take(message)
    return {dataset: rows.get("BTCUSDT", []) for dataset, rows in observations.unsaved().items()}


def seconds(first: int, last: int) -> list[str]:
    return [mark(START + second * 1000 + 5, 100 + second % 13) for second in range(first, last)]


def test_a_minute_heard_whole_is_a_bar_and_a_part_of_one_is_not() -> None:
    rows = heard(seconds(-30, 150))
    assert [row[0] for row in rows[BARS]] == [START, START + MINUTE]
    prices = [100 + second % 13 for second in range(60)]
    assert rows[BARS][0] == (
        START,
        *(prices[0], max(prices), min(prices), prices[-1]),
        *(0.0, START + MINUTE - 1, 0.0, 60, 0.0, 0.0, "0"),
    )
    # The bar waits for a mark price that comes a second late.
    assert rows[COVERAGE] == [(START - 30_000 + 5, START + 149_000 + 5 - 2_000)]


@pytest.mark.parametrize("breach", ["silence", "lost", "unreadable"])
def test_what_was_missed_is_neither_time_observed_nor_part_of_a_bar(breach: str) -> None:
    observations = Observations(["BTCUSDT"])
    for message in seconds(0, 100):
        observations.take(message)
    if breach == "lost":
        observations.interrupt()
    if breach == "unreadable":
        with pytest.raises(ValueError, match="JSON"):
            observations.take("{")
    for message in seconds(111 if breach == "silence" else 100, 200):
        observations.take(message)
    rows = observations.unsaved()
    assert [row[0] for row in rows[BARS]["BTCUSDT"]] == [START, START + 2 * MINUTE]
    begins = START + (111_005 if breach == "silence" else 100_005)
    assert rows[COVERAGE]["BTCUSDT"] == [(START + 5, START + 97_005), (begins, START + 197_005)]


@pytest.mark.parametrize("price", ["", "0", "0.00000000"])
def test_a_contract_without_a_price_is_listened_to_and_has_no_bar(price: str) -> None:
    """As while it is being settled; other symbols are not affected."""
    observations = Observations(["BTCUSDT", "ETHUSDT"])
    for second in range(150):
        at = START + second * 1000 + 5
        of_symbol = json.loads(mark(at))
        if 30 <= second < 40:
            of_symbol["data"]["p"] = price
        observations.take(json.dumps(of_symbol))
        observations.take(mark(at, symbol="ETHUSDT"))
    rows = observations.unsaved()
    assert [row[0] for row in rows[BARS]["BTCUSDT"]] == [START + MINUTE]
    assert [row[0] for row in rows[BARS]["ETHUSDT"]] == [START, START + MINUTE]
    assert rows[COVERAGE]["BTCUSDT"] == rows[COVERAGE]["ETHUSDT"] == [(START + 5, START + 147_005)]


def test_an_unreadable_message_of_one_symbol_costs_the_others_nothing() -> None:
    observations = Observations(["BTCUSDT", "ETHUSDT"])
    for second in range(60):
        observations.take(mark(START + second * 1000))
        observations.take(mark(START + second * 1000, symbol="ETHUSDT"))
        if second == 30:
            with pytest.raises(ValueError, match="side"):
                observations.take(order(START).replace("SELL", "HOLD"))
    coverage = observations.unsaved()[COVERAGE]
    assert len(coverage["BTCUSDT"]) == 2
    assert coverage["ETHUSDT"] == [(START, START + 57_000)]


@pytest.mark.parametrize(
    "message",
    ['{"error": {"code": 2, "msg": "Invalid request"}, "id": 1}', '{"code": 2, "msg": "Invalid request"}'],
)
def test_what_the_exchange_says_is_shown(message: str) -> None:
    with pytest.raises(ValueError, match="the exchange says 2 Invalid request"):
        Observations(["BTCUSDT"]).take(message)


def test_a_traded_bar_is_taken_when_it_is_closed() -> None:
    rows = heard([kline(START, is_closed=False), kline(START, is_closed=True), kline(START + MINUTE, is_closed=False)])
    assert rows[TRADED_BARS] == [
        (START, 100.0, 102.0, 99.0, 101.0, 10.0, START + MINUTE - 1, 1005.0, 60, 5.0, 502.5, "0")
    ]
    assert rows[COVERAGE] == [], "a bar says nothing about forced orders"


def test_of_contracts_only_announced_brackets_are_kept() -> None:
    contracts = Contracts()
    for number in range(1000):
        contracts.take(mark(START + number))
        contracts.take(contract(START + number, brackets=0))
    contracts.take(contract(START + 5_000))
    with pytest.raises(ValueError, match="JSON"):
        contracts.take("{")
    assert not any(contracts.unsaved().values())
    raw, changes = contracts.taken()
    assert len(raw) == 1
    assert [change.symbol for change in changes] == ["IOTAUSDT"]
    assert contracts.taken() == ([], [])


def test_an_order_without_an_average_price_is_one() -> None:
    assert heard([order(START).replace('"ap": "100"', '"ap": ""')])[ORDERS][0][6] is None


def test_what_comes_while_it_is_saved_is_not_lost() -> None:
    observations = Observations(["BTCUSDT"])
    observations.take(order(START))
    assert len(observations.unsaved()[ORDERS]["BTCUSDT"]) == 1
    observations.take(order(START + 1))
    observations.saved()
    [row] = observations.unsaved()[ORDERS]["BTCUSDT"]
    assert row[0] == START + 1


MARKET_MESSAGES = {
    "names without end": [order(START, symbol=f"S{number}USDT") for number in range(30)],
    "a path for a name": [order(START, symbol="../../etc")],
    "no name": [order(START, symbol="")],
    "a long name": [order(START, symbol="S" * 5_000)],
    "another time": [contract(START // 1000)],
    "brackets that are none": [contract(START, bks=[5])],
    "another kind": ['{"stream": "x", "data": {"e": "trade", "E": 1}}'],
}


@pytest.mark.parametrize("messages", MARKET_MESSAGES.values(), ids=MARKET_MESSAGES)
def test_messages_of_the_market_that_cannot_be_true(messages: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("liquidation_heatmap.network.observations._MOST_SYMBOLS", 20)
    market = Market()
    refused = [message for message in messages if not takes(market, message)]
    assert refused == messages[20:] or refused == messages
    assert len(market.unsaved()[ORDERS]) <= 20
    assert market.changes == []


def takes(market: Market, message: str) -> bool:
    try:
        market.take(message)
    except ValueError:
        return False
    return True


def test_orders_may_come_in_a_list() -> None:
    market = Market()
    both = [json.loads(order(START, symbol=symbol))["data"] for symbol in ("BTCUSDT", "ETHUSDT")]
    market.take(json.dumps({"stream": "!forceOrder@arr", "data": both}))
    assert set(market.unsaved()[ORDERS]) == {"BTCUSDT", "ETHUSDT"}
    assert len(market.raw) == 2


def test_saving_loses_and_repeats_nothing() -> None:
    observations = Observations(["BTCUSDT"])
    saved: dict[str, list[object]] = {dataset: [] for dataset in observations.unsaved()}
    for number, message in enumerate([*seconds(0, 100), order(START + 7), *seconds(100, 200)]):
        observations.take(message)
        if number % 7 == 0:
            first, again = observations.unsaved(), observations.unsaved()
            assert first == again
            for dataset, rows in first.items():
                saved[dataset] += rows.get("BTCUSDT", [])
            observations.saved()
    rows = heard([*seconds(0, 100), order(START + 7), *seconds(100, 200)])
    assert (saved[ORDERS], saved[BARS]) == (rows[ORDERS], rows[BARS])
    stretches = saved[COVERAGE]
    assert all(before[1] == after[0] for before, after in pairwise(stretches))  # type: ignore[index]
    assert stretches[0][0] == START + 5  # type: ignore[index]


@given(st.randoms(use_true_random=False), st.lists(st.integers(0, 199), max_size=30))
def test_order_and_repetition_do_not_matter(random: object, repeated: list[int]) -> None:
    messages = [*seconds(0, 200)]
    late = sorted(range(200), key=lambda place: place + random.uniform(0, 2))  # type: ignore[attr-defined]
    shuffled = [messages[place] for place in late]
    for position in sorted((late.index(place) for place in repeated), reverse=True):
        shuffled.insert(position + 1, shuffled[position])
    # Time is observed from the first mark price on.
    assert heard([messages[0], *shuffled]) == heard(messages)


def test_a_repeated_order_is_one_row_once_saved() -> None:
    rows = heard([order(START), order(START), order(START, quantity=3.0)])[ORDERS]
    assert len(set(rows)) == 2


def test_nothing_is_observed_of_a_symbol_nobody_hears() -> None:
    observations = Observations(["BTCUSDT", "NOUSDT"])
    assert observations.silent == [], "blamed before anything was heard"
    for message in seconds(0, 100):
        observations.take(message)
    assert observations.silent == ["NOUSDT"]
    assert set(observations.unsaved()[COVERAGE]) == {"BTCUSDT"}


@pytest.mark.parametrize(
    "message",
    [
        "",
        "null",
        "[]",
        b"\xff",
        '{"result": null, "id": 1}',
        '{"data": {"e": "trade"}}',
        mark(START).replace("BTCUSDT", "ETHUSDT"),
        mark(START, -1),
        mark(START // 1000),
        mark(START, float("nan")),
        order(START).replace("SELL", "HOLD"),
        order(START, -1),
        order(START).replace('"ap": "100"', '"ap": "x"'),
        order(START).replace('"z"', '"zz"'),
        kline(START, is_closed=True, i="5m"),
        kline(START, is_closed=True, h="99"),
        kline(START, is_closed=True, v="-1"),
        kline(START, is_closed=True, symbol="ETHUSDT"),
    ],
)
def test_messages_that_cannot_be_true(message: str | bytes) -> None:
    observations = Observations(["BTCUSDT"])
    with pytest.raises(ValueError, match="Error"):
        observations.take(message)
    assert observations.unsaved() == {ORDERS: {}, TRADED_BARS: {}, BARS: {}, COVERAGE: {}}


@pytest.mark.skipif(not SAMPLES.exists(), reason="the samples are not here")
@pytest.mark.parametrize(("sample", "dataset"), [("Liquidations", ORDERS), ("MarkPrice", BARS)])
def test_samples_of_the_documentation_are_understood(sample: str, dataset: str) -> None:
    text = (SAMPLES / f"Subscriptions_UsdFutures_{sample}.txt").read_text()
    message = json.dumps(json.loads(text[text.index("= ") + 1 :]))
    observations = Observations(["BTCUSDT"])
    observations.take(message)
    if dataset == ORDERS:
        expected = (1568014460893, "SELL", "LIMIT", "IOC", 0.014, 9910.0, 9910.0, "FILLED", 0.014, 0.014)
        assert observations.unsaved()[ORDERS] == {"BTCUSDT": [expected]}
    else:
        assert observations.silent == []


@pytest.mark.skipif(not REFERENCE.exists(), reason="the real seconds are not here")
def test_real_seconds_of_the_mark_price_through_midnight() -> None:
    real = []
    for path in sorted(REFERENCE.glob("BTCUSDT-markPrice1s-*.csv")):
        with path.open() as file:
            real += [(int(row["event_time"]), float(row["mark_price"])) for row in csv.DictReader(file)]
    bars = heard([mark(at, price) for at, price in real])[BARS]
    assert len(bars) == len(real) // 60 - 1
    for bar in bars:
        minute = [price for at, price in real if at // MINUTE * MINUTE == bar[0]]
        assert bar[1:5] == (minute[0], max(minute), min(minute), minute[-1])
        assert bar[8] == len(minute) >= 55
