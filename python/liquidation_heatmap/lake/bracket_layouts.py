"""The layouts in which the exchange's margin brackets can be had, most of them without a key, as one list of rows.

The fields are the exchange's in all of them, under several names:

* the signed REST answer ``/fapi/v1/leverageBracket``: ``[{"symbol": ..., "brackets": [...]}]``, or one of its objects
  (https://developers.binance.com/docs/derivatives/usds-margined-futures/account/rest-api/Notional-and-Leverage-Brackets);
* files of trading frameworks: ``{"BTC/USDT:USDT": [{..., "info": {...}}]}``, the exchange's fields as text in ``info``;
* the answer behind the exchange's web page: ``{"data": {"brackets": [{"symbol": ..., "updateTime": ..., ...}]}}``;
* the stream event ``contractInfo``, which announces a change: ``{"E": ..., "s": ..., "bks": [...]}``, one object, a
  list of them, or one a line
  (https://developers.binance.com/docs/derivatives/usds-margined-futures/websocket-market-streams/Contract-Info-Stream).
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any

# Each column of ours and its names in the layouts: REST and frameworks, web page, stream.
_NAMES = {
    "bracket": ("bracket", "bracketSeq", "bs"),
    "notional_floor": ("notionalFloor", "bracketNotionalFloor", "bnf"),
    "notional_cap": ("notionalCap", "bracketNotionalCap", "bnc"),
    "maintenance_margin_rate": ("maintMarginRatio", "bracketMaintenanceMarginRate", "mmr"),
    "max_leverage": ("initialLeverage", "maxOpenPosLeverage", "ma"),
    "maintenance_amount": ("cum", "cumFastMaintenanceAmount", "cf"),
}
FIELDS = tuple(_NAMES)
_LISTS = ("brackets", "riskBrackets", "bks")
_UNREADABLE = "neither an answer of the exchange nor a framework's file of brackets"


@dataclass(frozen=True)
class Bracket:
    """One bracket of one symbol.

    ``as_of`` is the day (UTC) from which it counts, None where the layout has no date. ``values`` are in the order of
    ``FIELDS``: notionals and amounts in quote currency, the rate as a fraction, leverage as a multiple.
    """

    symbol: str
    as_of: date | None
    values: tuple[float, ...]


def read_layouts(text: str) -> list[Bracket]:
    """All brackets of a text in any of the layouts.

    Raises:
        ValueError: it is in none of them, a field is missing or no number, or it is an error of the exchange, whose own
            message is then repeated.
        KeyError, TypeError, AttributeError: its parts are not what the layout has there.
    """
    return list(_brackets(_parsed(text)))


def bracket_values(fields: Mapping[str, Any]) -> tuple[float, ...]:
    """The values of one bracket in the order of ``FIELDS``, whatever the layout calls them.

    Raises:
        ValueError: one is missing or no number.
        TypeError: one is no number either, but a list or nothing.
    """
    return tuple(_value(fields, names) for names in _NAMES.values())


def _value(fields: Mapping[str, Any], names: tuple[str, ...]) -> float:
    for name in names:
        if name in fields:
            return float(fields[name])
    raise ValueError(f"a bracket without {' or '.join(names)}")


def _parsed(text: str) -> Any:
    text = text.removeprefix("\ufeff")
    try:
        return json.loads(text)
    except ValueError:
        lines = [line for line in text.splitlines() if line.strip()]
        if len(lines) < 2:
            raise
        return [json.loads(line) for line in lines]


def _brackets(content: Any) -> Iterator[Bracket]:
    if isinstance(content, list):
        for part in content:
            yield from _brackets(part)
    elif not isinstance(content, dict):
        raise ValueError(_UNREADABLE)
    elif "info" in content:
        yield _bracket(_plain_symbol(content.get("symbol")), None, content["info"])
    elif found := next((content[name] for name in _LISTS if isinstance(content.get(name), list)), None):
        symbol = content.get("symbol", content.get("s"))
        changed = content.get("updateTime", content.get("E"))
        for bracket in found:
            if symbol is None and isinstance(bracket, dict) and "symbol" in bracket:
                yield from _brackets(bracket)
            else:
                yield _bracket(_as_text(symbol), _day(changed), bracket)
    elif "msg" in content or content.get("message"):
        raise ValueError(f"it is an error of the exchange: {content.get('msg') or content['message']}")
    elif "data" in content:
        yield from _brackets(content["data"])
    elif content and all("/" in str(name) and isinstance(brackets, list) for name, brackets in content.items()):
        for name, brackets in content.items():
            for bracket in brackets:
                yield _bracket(_plain_symbol(name), None, bracket["info"])
    else:
        raise ValueError(_UNREADABLE)


def _bracket(symbol: str, as_of: date | None, fields: Mapping[str, Any]) -> Bracket:
    try:
        return Bracket(symbol, as_of, bracket_values(fields))
    except ValueError as error:
        raise ValueError(f"{symbol}: {error}") from error


def _plain_symbol(unified: Any) -> str:
    """A framework's ``BTC/USDT:USDT`` or ``BTC/USDT:USDT-241227`` as the exchange writes it: BTCUSDT, BTCUSDT_241227.

    What settles in coins, and what is no such name, is returned as it is.
    """
    base, _, rest = str(unified).partition("/")
    quote, _, settled = rest.partition(":")
    settled, _, delivered = settled.partition("-")
    if not (base and quote) or settled not in ("", quote):
        return str(unified)
    return f"{base}{quote}_{delivered}" if delivered else f"{base}{quote}"


def _as_text(symbol: Any) -> str:
    """The symbol itself where it is text; anything else as JSON in parentheses, which no symbol has, for a message."""
    return symbol if isinstance(symbol, str) else f"({json.dumps(symbol)})"[:40]


def _day(milliseconds: Any) -> date | None:
    return None if milliseconds is None else datetime.fromtimestamp(float(milliseconds) / 1000, UTC).date()
